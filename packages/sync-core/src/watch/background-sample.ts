import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';

/** A sample, and when it was taken, in milliseconds since 1970. */
export interface Sampled<T> {
  readonly at: number;
  readonly value: T;
}

/** A sample older than this says nothing any more, in milliseconds. */
const FORGOTTEN_AFTER_MS = 60_000;

/** How often something is looked at. */
export interface SamplePace {
  /** From the end of one look to the next, in milliseconds; asked after each. */
  readonly intervalMs: () => number;
  /** A look that takes longer counts as not answered, in milliseconds; none does unless given. */
  readonly patienceMs?: number;
}

/**
 * Looks at something in the background, at an interval, and remembers what it saw last, so that whoever wants to show
 * it asks no server. A look that fails leaves what was seen before, which is forgotten when it is a minute old; who asks
 * for the state of now ({@link value}) is told nothing then.
 */
export class BackgroundSample<T> {
  readonly #what: string;
  readonly #look: () => Promise<T>;
  readonly #patienceMs: number;
  readonly #looks: Repeater;
  readonly #log: Logger;
  #last: Sampled<T> | undefined;
  #tookMs: number | undefined;
  #looking: { readonly since: number; readonly ended: Promise<void> } | undefined;

  /** `what`: for the log. */
  constructor(
    what: string,
    look: () => Promise<T>,
    { intervalMs, patienceMs = Number.POSITIVE_INFINITY }: SamplePace,
    log: Logger,
  ) {
    this.#what = what;
    this.#look = look;
    this.#patienceMs = patienceMs;
    this.#looks = new Repeater(() => this.#sample(), intervalMs);
    this.#log = log;
  }

  /** What was seen last; undefined before the first look, and when that is too long ago. */
  get last(): Sampled<T> | undefined {
    const last = this.#last;
    return last === undefined || Date.now() - last.at > FORGOTTEN_AFTER_MS ? undefined : last;
  }

  /** What was seen last; undefined before the first look, after one that failed, and while one takes too long. */
  value(now: number = performance.now()): T | undefined {
    return this.answers(now) ? this.#last?.value : undefined;
  }

  /** The same, which waits for the first look where that is under way. */
  async known(): Promise<T | undefined> {
    if (this.#last === undefined) await this.#looking?.ended;
    return this.value();
  }

  /** How long the last look took, in milliseconds; undefined when it failed or one takes too long. */
  tookMs(now: number = performance.now()): number | undefined {
    return this.answers(now) ? this.#tookMs : undefined;
  }

  /** Whether the last look succeeded and none has been under way for too long. */
  answers(now: number = performance.now()): boolean {
    const overdue = this.#looking !== undefined && now - this.#looking.since > this.#patienceMs;
    return this.#tookMs !== undefined && !overdue;
  }

  /** Begins to look. */
  start(): void {
    this.#looks.start();
  }

  /** The interval may be another one now, which also holds for a pause that has begun. */
  pauseChanged(): void {
    this.#looks.pauseChanged();
  }

  /** Ends looking; resolves when a look under way has ended. */
  async stop(): Promise<void> {
    await this.#looks.stop();
  }

  async #sample(): Promise<void> {
    const since = performance.now();
    const ended = this.#once(since);
    this.#looking = { since, ended };
    await ended;
    this.#looking = undefined;
  }

  async #once(startedAt: number): Promise<void> {
    try {
      const value = await this.#look();
      this.#last = { at: Date.now(), value };
      this.#tookMs = performance.now() - startedAt;
    } catch (error) {
      this.#tookMs = undefined;
      this.#log.debug({ reason: reasonOf(error) }, `${this.#what} could not be looked at`);
    }
  }
}
