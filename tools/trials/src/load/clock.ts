import { setTimeout as delay } from 'node:timers/promises';

/** Time as the run sees it; tests put their own in its place. */
export interface RunClock {
  /** Milliseconds with fractions, rising evenly, from an arbitrary start. */
  now(): number;
  /** Resolves at that time or a little later, or as soon as the signal aborts. */
  sleepUntil(at: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own clock. Its timers come up to about a millisecond late. */
export const systemClock: RunClock = {
  now: () => performance.now(),
  async sleepUntil(at, signal) {
    const waitMs = at - performance.now();
    if (waitMs <= 0 || signal.aborted) return;
    try {
      await delay(waitMs, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};
