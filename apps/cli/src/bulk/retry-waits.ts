import { setTimeout as wait } from 'node:timers/promises';
import { CommandFailure } from '../errors.js';

/** What the api or the way to it gets over: what was asked may be asked again. */
const TRANSIENT = new Set([
  'NOT_READY',
  'CACHE_UNAVAILABLE',
  'JOURNAL_FULL',
  'RATE_LIMITED',
  'OVERLOADED',
  'API_UNREACHABLE',
]);
/** How long the first wait is, and the longest, in milliseconds. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;

/** Whether an error of this code passes. */
export function passes(code: string): boolean {
  return TRANSIENT.has(code);
}

/** Waits of one piece of work that was put off, each longer than the one before, until they are too long together. */
export class RetryWaits {
  readonly #leftMs: number;
  readonly #signal: AbortSignal;
  #since = performance.now();
  #nextMs = FIRST_WAIT_MS;

  /** `forMs`: how long to go on without anything done, in milliseconds. */
  constructor(forMs: number, signal: AbortSignal) {
    this.#leftMs = forMs;
    this.#signal = signal;
  }

  /** Something was done: all begins anew. */
  progressed(): void {
    this.#since = performance.now();
    this.#nextMs = FIRST_WAIT_MS;
  }

  /** Waits before another try. @throws `failure` where it does not pass or lasts too long; the signal's reason */
  async after(failure: CommandFailure): Promise<void> {
    const { retryAfterSec = 0 } = failure.details;
    const ms = Math.max(this.#nextMs, 1000 * retryAfterSec);
    const lasted = performance.now() - this.#since;
    if (!passes(failure.code) || lasted + ms > this.#leftMs) throw failure;
    this.#nextMs = Math.min(2 * this.#nextMs, LONGEST_WAIT_MS);
    await wait(ms, undefined, { signal: this.#signal }).catch(() => {
      throw this.#signal.reason;
    });
  }
}

/** Asks until there is an answer. @throws what is no failure that passes, or lasts too long */
export async function patiently<Answer>(ask: () => Promise<Answer>, waits: RetryWaits): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      await waits.after(error);
    }
  }
}
