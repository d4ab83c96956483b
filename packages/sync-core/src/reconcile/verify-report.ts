import { countKinds, type Difference, type DifferenceKind } from './difference.js';
import type { VerifyPosition } from './verify-cursor.js';

/** How far a call has come. */
export interface VerifyProgress {
  readonly phase: VerifyPosition['phase'];
  /** Shadows looked at. */
  readonly shadows: number;
  /** Pairs whose shadow was looked for. */
  readonly pairs: number;
  /** Differences found. */
  readonly differences: number;
  /** Where a next call would go on, should this one be given up; absent at the end. */
  readonly cursor?: string;
}

/** What one call found. */
export interface VerifyReport {
  /** Whether everything asked for was looked at; else `cursor` is where the next call goes on. */
  readonly complete: boolean;
  readonly cursor?: string;
  /**
   * `ISSUES_DETECTED`: there are differences. `HEALTHY`: there are none among the keys looked at. `UNKNOWN`: none was
   * found, but of some keys one can't say, or a store did not answer.
   */
  readonly health: 'HEALTHY' | 'ISSUES_DETECTED' | 'UNKNOWN';
  /** Keys looked at that either side has: shadows without tombstones, and pairs without a shadow. */
  readonly keys: number;
  /** Shadows looked at of what was deleted or has expired, and that no pair came after. */
  readonly tombstones: number;
  readonly shadows: number;
  readonly pairs: number;
  /** Keys that differ, in all and by kind. */
  readonly differing: number;
  readonly kinds: Readonly<Record<DifferenceKind, number>>;
  /** The first of them. */
  readonly samples: readonly Difference[];
  /** Keys of which one can't say: what was on its way did not arrive in time, or they kept changing. */
  readonly undecided: number;
  /** Which store did not answer, when that ended the call. */
  readonly storeAway?: string;
  readonly seconds: number;
  readonly keysPerSecond: number;
}

/** Differences that a report holds as samples, unless told. */
const DEFAULT_SAMPLES = 100;

/** What a verification has found so far. */
export class Findings {
  /** Shadows looked at. */
  shadows = 0;
  /** Those of them whose key is gone. */
  tombstones = 0;
  /** Pairs whose shadow was looked for. */
  pairs = 0;
  /** Those of them that had none. */
  withoutShadow = 0;
  /** Keys of which one can't say. */
  undecided = 0;
  readonly #kinds = countKinds([]);
  readonly #samples: Difference[] = [];
  readonly #mostSamples: number;

  /** `mostSamples`: how many differences are kept as such; 100 unless given. */
  constructor(mostSamples = DEFAULT_SAMPLES) {
    this.#mostSamples = mostSamples;
  }

  /** Takes a difference that was confirmed. */
  count(difference: Difference): void {
    this.#kinds[difference.kind]++;
    if (this.#samples.length < this.#mostSamples) this.#samples.push(difference);
  }

  /** How many were. */
  get differing(): number {
    return Object.values(this.#kinds).reduce((sum, count) => sum + count, 0);
  }

  /** All of it, as a report tells it. `unsettled`: some keys were not looked at to the end. */
  told(unsettled: boolean, seconds: number): Omit<VerifyReport, 'complete' | 'cursor' | 'storeAway'> {
    const keys = this.shadows - this.tombstones + this.withoutShadow;
    const unsure = this.undecided > 0 || unsettled;
    return {
      health: this.differing > 0 ? 'ISSUES_DETECTED' : unsure ? 'UNKNOWN' : 'HEALTHY',
      keys,
      tombstones: this.tombstones,
      shadows: this.shadows,
      pairs: this.pairs,
      differing: this.differing,
      kinds: this.#kinds,
      samples: this.#samples,
      undecided: this.undecided,
      seconds,
      keysPerSecond: keys / seconds,
    };
  }
}
