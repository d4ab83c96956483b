import { setImmediate as turn } from 'node:timers/promises';
import type { RunClock } from '../load/clock.js';

interface Event {
  readonly at: number;
  readonly happen: () => void;
}

/**
 * A clock that stands still until {@link VirtualClock.run} moves it from event to event: hours pass in no
 * time.
 */
export class VirtualClock implements RunClock {
  #now = 0;
  readonly #events: Event[] = [];

  now(): number {
    return this.#now;
  }

  async sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    if (at <= this.#now || signal.aborted) return;
    let onAbort = () => {};
    const aborted = new Promise<void>((resolve) => {
      onAbort = resolve;
    });
    signal.addEventListener('abort', onAbort, { once: true });
    await Promise.race([this.until(at), aborted]);
    signal.removeEventListener('abort', onAbort);
  }

  /** Resolves when the clock reaches that time. */
  until(at: number): Promise<void> {
    return new Promise((resolve) => {
      this.#events.push({ at, happen: resolve });
    });
  }

  /** Resolves after that many milliseconds. */
  after(ms: number): Promise<void> {
    return this.until(this.#now + ms);
  }

  /**
   * Lets time pass until the promise has settled, and gives its result. @throws when nothing is left to wait
   * for
   */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const noted = promise.finally(() => {
      settled = true;
    });
    noted.catch(() => {});
    for (;;) {
      // Everything that can go on without time passing goes on first.
      await turn();
      if (settled) return noted;
      const next = this.#events.sort((a, b) => a.at - b.at).shift();
      if (next === undefined) throw new Error(`nothing happens any more at ${this.#now} ms`);
      this.#now = Math.max(this.#now, next.at);
      next.happen();
    }
  }
}
