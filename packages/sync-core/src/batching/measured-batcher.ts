import type { Metrics } from '../metrics/metrics.js';
import type { RoutedMutation } from '../mutation.js';
import { type BatchBounds, Batcher, type SendBatch } from './batcher.js';

/** A batcher of one of the two ways to MongoDB, whose batches are counted and timed. */
export function measuredBatcher(
  route: 'fast' | 'outbox',
  bounds: () => BatchBounds,
  send: SendBatch<RoutedMutation>,
  metrics: Metrics,
): Batcher<RoutedMutation> {
  const measured: SendBatch<RoutedMutation> = async (batch, abandoned, through) => {
    const startedAt = performance.now();
    let failed = true;
    metrics.batchSent(route, batch.length);
    try {
      const refused = await send(batch, abandoned, through);
      failed = false;
      return refused;
    } finally {
      metrics.batchEnded(route, (performance.now() - startedAt) / 1000, failed);
    }
  };
  return new Batcher(bounds, measured, () => metrics.batchCoalesced(route));
}
