import DataLoader from 'dataloader';
import { TooManyWaitsError } from '../errors.js';
import { FairPlaces } from '../fair-places.js';
import type { ShadowStore } from './shadow-store.js';

/** Waits one process has at the same time, at most. */
const MAX_WAITS = 1000;
/** Looks that fall into this time go to MongoDB as one query, in milliseconds. */
const GATHER_MS = 5;
/** Pause before the second look, in milliseconds; it doubles up to {@link MAX_PAUSE_MS}. */
const FIRST_PAUSE_MS = 20;
/** Longest pause between two looks, in milliseconds. */
const MAX_PAUSE_MS = 1000;

/** What a wait found. */
export interface ShadowWait {
  /** Whether the shadow has the version that was asked for, or a newer one. */
  readonly reached: boolean;
  /** The shadow's version; undefined where there is no shadow. */
  readonly shadowVersion: number | undefined;
  /** How long it took, in milliseconds. */
  readonly waitedMs: number;
}

/** Who waits. */
export interface WaitingCaller {
  /** Aborts when nobody waits for the answer any more, which ends the wait. */
  readonly gone?: AbortSignal | undefined;
  /** Its name, for its share of the places; unless given only all waits together are bounded. */
  readonly by?: string | undefined;
}

/**
 * Waits until shadows have versions. A look at a shadow is cheap: all looks of a few milliseconds are one query by key,
 * and the longer a wait lasts, the seldomer it looks:
 *
 *   look ─ has it ─▶ reached        no ─▶ pause 20, 40, 80, … 1000 ms ─▶ look again … ─▶ time is up: not reached
 */
export class ShadowWaits {
  readonly #versions: DataLoader<string, number | undefined>;
  /** What ends each pause now under way. */
  readonly #pauses = new Set<() => void>();
  readonly #places = new FairPlaces(MAX_WAITS);
  #stopped = false;

  constructor(shadows: Pick<ShadowStore, 'versionsOf'>) {
    this.#versions = new DataLoader(
      async (keys) => {
        const versions = await shadows.versionsOf(keys);
        return keys.map((key) => versions.get(key));
      },
      { cache: false, batchScheduleFn: (look) => setTimeout(look, GATHER_MS) },
    );
  }

  /** Callers that wait now. */
  get waiting(): number {
    return this.#places.taken;
  }

  /**
   * Looks whether a key's shadow has this version or a newer one, for up to `waitMs` milliseconds; looks at least once.
   * @throws TooManyWaitsError, and StoreUnavailableError when the last look got no answer from MongoDB
   */
  async wait(
    key: string,
    version: number,
    waitMs: number,
    { gone, by }: WaitingCaller = {},
  ): Promise<ShadowWait> {
    const giveBack = this.#places.take(by);
    if (giveBack === undefined) {
      throw new TooManyWaitsError(
        this.#places.taken,
        by === undefined ? undefined : this.#places.takenBy(by),
      );
    }
    try {
      return await this.#look(key, version, waitMs, gone);
    } finally {
      giveBack();
    }
  }

  /** Ends the pauses of all waits: each answers what it has seen. Later ones look once. */
  stop(): void {
    this.#stopped = true;
    for (const end of this.#pauses) end();
  }

  async #look(key: string, version: number, waitMs: number, gone?: AbortSignal): Promise<ShadowWait> {
    const startedAt = performance.now();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      const seen = await this.#versions
        .load(key)
        .catch((error: unknown) => new Error('no look', { cause: error }));
      const waitedMs = Math.round(performance.now() - startedAt);
      const reached = typeof seen === 'number' && seen >= version;
      if (reached || this.#stopped || gone?.aborted || waitedMs >= waitMs) {
        if (seen instanceof Error) throw seen.cause;
        return { reached, shadowVersion: seen, waitedMs };
      }
      await this.#pause(Math.min(pauseMs, waitMs - waitedMs), gone);
    }
  }

  #pause(ms: number, gone: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#pauses.delete(end);
        gone?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#pauses.add(end);
      gone?.addEventListener('abort', end);
    });
  }
}
