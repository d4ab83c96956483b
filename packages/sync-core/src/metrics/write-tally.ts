import type { FallbackReason, SyncMethod } from '../mutation.js';
import { LatencyCounts } from './latency-counts.js';

/** Why a pod did not bring a write through on the fast path. */
export type PodFallbackReason = Exclude<FallbackReason, 'RECOVERED'>;

/** What became of the writes of some time. */
export interface TalliedWrites {
  /** Answered writes by method. */
  readonly answered: Readonly<Record<SyncMethod, number>>;
  /** Those of them that the fast path did not bring through, by reason. */
  readonly fallbacks: Readonly<Record<PodFallbackReason, number>>;
  /** Writes refused with nothing changed, for want of Redis or of room in the journal. */
  readonly refused: number;
  /** Time to the answer that half, 95 % and 99 % of them did not exceed, in milliseconds; null without writes. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

const NO_ANSWERS: Readonly<Record<SyncMethod, number>> = { ASYNC_THREAD: 0, EVENT_BASED: 0, JOURNALED: 0 };
const NO_FALLBACKS: Readonly<Record<PodFallbackReason, number>> = {
  TIMEOUT: 0,
  QUEUE_FULL: 0,
  FAST_PATH_FAILED: 0,
  HIGH_LOAD: 0,
  BREAKER_OPEN: 0,
  EVENT_ONLY: 0,
};

/** Counts a pod's writes from one look to the next. */
export class WriteTally {
  #answered: Record<SyncMethod, number> = { ...NO_ANSWERS };
  #fallbacks: Record<PodFallbackReason, number> = { ...NO_FALLBACKS };
  #refused = 0;
  readonly #latencies = new LatencyCounts();

  /** A write was answered. */
  answered(method: SyncMethod, fallback: FallbackReason | undefined, seconds: number): void {
    this.#answered[method]++;
    if (fallback !== undefined && fallback !== 'RECOVERED') this.#fallbacks[fallback]++;
    this.#latencies.add(seconds * 1000);
  }

  /** A write was refused with nothing changed, for want of Redis or of room in the journal. */
  refused(): void {
    this.#refused++;
  }

  /** What was counted since the last time; counting begins anew. */
  take(): TalliedWrites {
    const quantile = (share: number) => this.#latencies.quantile(share) ?? null;
    const taken = {
      answered: this.#answered,
      fallbacks: this.#fallbacks,
      refused: this.#refused,
      p50Ms: quantile(0.5),
      p95Ms: quantile(0.95),
      p99Ms: quantile(0.99),
    };
    this.#answered = { ...NO_ANSWERS };
    this.#fallbacks = { ...NO_FALLBACKS };
    this.#refused = 0;
    this.#latencies.clear();
    return taken;
  }
}
