import type { SyncMode } from '../config/sync-mode.js';

/** How long a write waits for one of the two ways to MongoDB, in milliseconds. */
export interface Patience {
  /** The longest wait. */
  readonly timeoutMs: number;
  /** The longest wait where more writes come than the way takes: where all places for batches are taken by then. */
  readonly busyTimeoutMs: number;
}

/** What the patience with a way depends on. */
export interface PathLimits {
  /** How long a client waits for it, in milliseconds. */
  readonly timeoutMs: number;
  /** A batch that takes longer is a failure to the way's circuit breaker, in milliseconds. */
  readonly slowCallMs: number;
}

/** So much of its time a way has left for a write that has waited for the other one in vain. */
const LEFT_SHARE = 0.25;

/**
 * How long a write waits for a way, having waited `waitedMs` for the other one. A client has one wait, not one for each
 * way: what it has waited counts, but for a quarter of the time, without which a write that the fast path held up would
 * never reach the outbox. `adaptive` stays no longer in a queue than a batch may take before it counts as failed: then
 * the way has more to do than it can, and the next one is as good. Only a queue, though: a store that is slow, with
 * places free, is given its whole time.
 */
export function patienceWith(
  { timeoutMs, slowCallMs }: PathLimits,
  mode: SyncMode,
  waitedMs: number,
): Patience {
  const left = (wholeMs: number) => Math.max(wholeMs - waitedMs, LEFT_SHARE * wholeMs);
  const wholeMs = left(timeoutMs);
  return {
    timeoutMs: wholeMs,
    busyTimeoutMs: mode === 'adaptive' ? Math.min(wholeMs, left(slowCallMs)) : wholeMs,
  };
}
