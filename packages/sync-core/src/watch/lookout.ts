import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import type { SharedFigure } from './shared-figure.js';

/** A figure, whatever it is of. */
type Figure = Pick<
  SharedFigure<unknown>,
  'name' | 'blindMs' | 'lookWhenDue' | 'told' | 'heard' | 'cannotBeSeen' | 'lookEnded'
>;

/** What the lookout saw is told after so long also where a look has not ended, in milliseconds. */
const PATIENCE_MS = 100;
/** What was told is good for so long, in milliseconds. */
const STANDS_MS = 60_000;
/** A lookout that sees nothing for so long lets another process try, in milliseconds. */
const BLIND_MS = 3000;
/** For how long it stands back then, in milliseconds. */
const STANDS_BACK_MS = 5000;

/** What a beat of the heart brings of it. */
export interface LookoutWord {
  /** The time on Redis' clock, in milliseconds since 1970. */
  readonly now: number;
  readonly lookout: boolean;
  readonly seen: string;
  readonly pods: readonly unknown[];
  /** How long what was seen holds with no further beat, in milliseconds. */
  readonly holdsMs: number;
}

/** What a {@link Lookout} works with. */
export interface LookoutParts {
  /** What is looked at; the first one says whether this process sees anything at all. */
  readonly figures: readonly [Figure, ...Figure[]];
  /** Tells all what was seen; it stands for so many milliseconds. */
  readonly tell: (seen: string, standMs: number) => Promise<void>;
  readonly log: Logger;
}

/**
 * What is of the whole deployment is looked at by one process, the lookout, and told to all others, which ask no server
 * for it. Who that is says a lease in Redis, which each beat of its heart prolongs:
 *
 *   follower ─ no one holds the lease ─▶ lookout ─ stops, or says nothing for three seconds ─▶ another one's turn
 *      ▲                                    └── sees nothing for three seconds: stands back ──┐
 *      └──────────────────────────────────────────────────────────────────────────────────────┘
 */
export class Lookout {
  readonly #parts: LookoutParts;
  #looking = false;
  #standsBackTo = Number.NEGATIVE_INFINITY;

  constructor(parts: LookoutParts) {
    this.#parts = parts;
  }

  /** Whether this process is the lookout, as far as it knows. */
  get looking(): boolean {
    return this.#looking;
  }

  /** Whether it may be. */
  get mayLookOut(): boolean {
    return performance.now() >= this.#standsBackTo;
  }

  /** Takes in what a beat brought, and looks where it is this process' turn. It never rejects. */
  async heard({ now, lookout, seen, pods, holdsMs }: LookoutWord): Promise<void> {
    const ahead = now - Date.now();
    if (lookout !== this.#looking)
      this.#parts.log.debug(lookout ? 'this process looks out for all' : 'another process looks out');
    this.#looking = lookout;
    if (lookout) await this.#look(ahead, pods.length);
    else this.#follow(seen, ahead, holdsMs);
  }

  /** Nothing was heard at a beat. */
  missed(error: unknown): void {
    this.#looking = false;
    for (const figure of this.#parts.figures) figure.cannotBeSeen(error);
  }

  /** Resolves when the looks under way have ended. */
  async stop(): Promise<void> {
    await Promise.all(this.#parts.figures.map((figure) => figure.lookEnded()));
  }

  #follow(seen: string, ahead: number, holdsMs: number): void {
    const told = recordOf(seen);
    for (const figure of this.#parts.figures) figure.heard(told[figure.name], ahead, holdsMs);
  }

  async #look(ahead: number, pods: number): Promise<void> {
    const { figures, tell, log } = this.#parts;
    const looks = Promise.all(figures.map((figure) => figure.lookWhenDue()));
    const late = new AbortController();
    await Promise.race([
      looks,
      delay(PATIENCE_MS, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    // Alone, or with no other that sees more, there is no one to stand back for.
    if (figures[0].blindMs > BLIND_MS && pods > 1) this.#standsBackTo = performance.now() + STANDS_BACK_MS;
    const told = Object.fromEntries(figures.map((figure) => [figure.name, figure.told(ahead)]));
    await tell(JSON.stringify(told), STANDS_MS).catch((error: unknown) => {
      log.debug({ reason: reasonOf(error) }, 'what was seen could not be told');
    });
  }
}

/** Empty for what is no JSON of an object. */
function recordOf(seen: string): Readonly<Record<string, unknown>> {
  try {
    const told: unknown = JSON.parse(seen || '{}');
    return typeof told === 'object' && told !== null ? (told as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
