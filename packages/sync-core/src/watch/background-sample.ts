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

/**
 * Looks at something in the background, at an interval, and remembers what it saw last, so that whoever wants to show
 * it asks no server. A look that fails leaves what was seen before, which is forgotten when it is a minute old.
 */
export class BackgroundSample<T> {
  readonly #what: string;
  readonly #look: () => Promise<T>;
  readonly #looks: Repeater;
  readonly #log: Logger;
  #last: Sampled<T> | undefined;

  /** `what`: for the log. `intervalMs`: from the end of one look to the next. */
  constructor(what: string, look: () => Promise<T>, intervalMs: number, log: Logger) {
    this.#what = what;
    this.#look = look;
    this.#looks = new Repeater(
      () => this.#sample(),
      () => intervalMs,
    );
    this.#log = log;
  }

  /** What was seen last; undefined before the first look, and when that is too long ago. */
  get last(): Sampled<T> | undefined {
    const last = this.#last;
    return last === undefined || Date.now() - last.at > FORGOTTEN_AFTER_MS ? undefined : last;
  }

  /** Begins to look. */
  start(): void {
    this.#looks.start();
  }

  /** Ends looking; resolves when a look under way has ended. */
  async stop(): Promise<void> {
    await this.#looks.stop();
  }

  async #sample(): Promise<void> {
    try {
      const value = await this.#look();
      this.#last = { at: Date.now(), value };
    } catch (error) {
      this.#log.debug({ reason: reasonOf(error) }, `${this.#what} could not be looked at`);
    }
  }
}
