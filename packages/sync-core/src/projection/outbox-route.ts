import type { Logger } from 'pino';
import { type Batcher, SLOW_BATCH_SHARE } from '../batching/batcher.js';
import { measuredBatcher } from '../batching/measured-batcher.js';
import type { Reads } from '../config/live-settings.js';
import type { CircuitBreaker } from '../control/circuit-breaker.js';
import { reasonOf } from '../errors.js';
import type { Metrics } from '../metrics/metrics.js';
import type { RoutedMutation } from '../mutation.js';
import type { Outbox } from '../store/outbox.js';
import type { ProjectionQueue } from './projection-queue.js';

/** What the way over the outbox is made of. */
export interface OutboxRouteParts {
  readonly outbox: Pick<Outbox, 'add'>;
  readonly projection: Pick<ProjectionQueue, 'wake'>;
  readonly breaker: CircuitBreaker;
  readonly settings: Reads<
    'outboxMaxInFlight' | 'outboxMaxBatch' | 'outboxMaxBatchBytes' | 'breakerSlowCallMs'
  >;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/**
 * Step 3b of a write: mutation ─▶ the batch now forming ─▶ circuit breaker ─▶ one insert into the outbox; then the slots'
 * projection jobs are woken, which no client waits for.
 */
export function outboxRoute(parts: OutboxRouteParts): Batcher<RoutedMutation> {
  const { outbox, projection, breaker, settings, metrics, log } = parts;
  return measuredBatcher(
    'outbox',
    () => {
      const { outboxMaxInFlight, outboxMaxBatch, outboxMaxBatchBytes, breakerSlowCallMs } = settings();
      return {
        maxInFlight: outboxMaxInFlight,
        maxMutations: outboxMaxBatch,
        maxBytes: outboxMaxBatchBytes,
        slowMs: breakerSlowCallMs * SLOW_BATCH_SHARE,
      };
    },
    async (batch, abandoned) => {
      const refused = await breaker.run(() => outbox.add(batch), abandoned);
      projection.wake(new Set(batch.map((mutation) => mutation.slot))).catch((error: unknown) => {
        log.debug({ reason: reasonOf(error) }, 'the projector was not woken; its sweep finds the events');
      });
      return refused;
    },
    metrics,
  );
}
