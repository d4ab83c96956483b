import type { RunClock } from '../load/clock.js';
import type { BacklogCounts } from '../sync-stores.js';

/** Time between two looks, in milliseconds. */
const LOOK_EVERY_MS = 250;

/** All that still waits to reach the shadows. */
export interface Waiting extends BacklogCounts {
  /** Batches in the fast queue, waiting or in a worker's hands. */
  readonly fastJobs: number;
}

/** How the wait ended. */
export interface SettleOutcome {
  readonly settled: boolean;
  /** How long it took, in milliseconds. */
  readonly elapsedMs: number;
  /** What was left at the last look. */
  readonly left: Waiting;
}

/** What {@link waitUntilSettled} needs. */
export interface SettleOptions {
  readonly look: () => Promise<Waiting>;
  /** Longest wait in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: RunClock;
  /** Ends the wait early. */
  readonly signal: AbortSignal;
  readonly onLook: (waiting: Waiting) => void;
}

/** Waits until nothing waits any more: the journal, the outbox and the fast queue are empty. */
export async function waitUntilSettled({
  look,
  timeoutMs,
  clock,
  signal,
  onLook,
}: SettleOptions): Promise<SettleOutcome> {
  const startedAt = clock.now();
  for (;;) {
    const left = await look();
    onLook(left);
    const settled = left.journal === 0 && left.events === 0 && left.fastJobs === 0;
    const elapsedMs = clock.now() - startedAt;
    if (settled || elapsedMs >= timeoutMs || signal.aborted) return { settled, elapsedMs, left };
    await clock.sleepUntil(Math.min(clock.now() + LOOK_EVERY_MS, startedAt + timeoutMs), signal);
  }
}
