import { type Batcher, SLOW_BATCH_SHARE } from '../batching/batcher.js';
import { measuredBatcher } from '../batching/measured-batcher.js';
import type { Reads } from '../config/live-settings.js';
import type { CircuitBreaker } from '../control/circuit-breaker.js';
import type { Metrics } from '../metrics/metrics.js';
import type { RoutedMutation } from '../mutation.js';
import type { FastQueue } from './fast-queue.js';
import type { FastWorker } from './fast-worker.js';

/** What the fast path is made of. */
export interface FastRouteParts {
  readonly queue: Pick<FastQueue, 'send'>;
  /** The pod's own, which takes a batch at once where it has a place. */
  readonly worker: Pick<FastWorker, 'keepPlace'>;
  readonly breaker: CircuitBreaker;
  readonly settings: Reads<'fastMaxInFlight' | 'fastMaxBatch' | 'fastMaxBatchBytes' | 'breakerSlowCallMs'>;
  readonly metrics: Metrics;
}

/**
 * Step 3a of a write: mutation ─▶ the batch now forming ─▶ circuit breaker ─▶ one job of the fast queue ─▶ a worker's
 * word on it. A worker of this pod takes the job in the step that adds it, if it has a place.
 */
export function fastRoute({
  queue,
  worker,
  breaker,
  settings,
  metrics,
}: FastRouteParts): Batcher<RoutedMutation> {
  return measuredBatcher(
    'fast',
    () => {
      const { fastMaxInFlight, fastMaxBatch, fastMaxBatchBytes, breakerSlowCallMs } = settings();
      return {
        maxInFlight: fastMaxInFlight,
        maxMutations: fastMaxBatch,
        maxBytes: fastMaxBatchBytes,
        slowMs: breakerSlowCallMs * SLOW_BATCH_SHARE,
      };
    },
    async (batch, abandoned, through) => {
      const { stale, failed } = await breaker.run(
        () => queue.send(batch, abandoned, { through, keepPlace: () => worker.keepPlace() }),
        abandoned,
      );
      metrics.fastApplied(batch.length - stale - failed.length, stale);
      return new Map(failed);
    },
    metrics,
  );
}
