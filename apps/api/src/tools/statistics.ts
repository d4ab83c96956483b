import type { Pod } from '@hybrid-sync/sync-core';
import { z } from 'zod';

/** Events and dead letters are counted no further than this, so that asking costs the same whatever waits. */
const COUNT_LIMIT = 10_000;

const breakerState = z.enum(['closed', 'open', 'half-open']);

/** What `hybrid_sync_stats` answers: the guide's `asyncThreads`, `configuration`, `outboxEvents`, and more. */
export const statistics = z.object({
  asyncThreads: z.object({
    active: z.int().describe("Batches this pod's fast worker has in hand."),
    max: z.int().describe("The fast worker's concurrency in this pod."),
    inFlightBatches: z.int().describe('Batches this pod has in the fast queue.'),
    maxInFlightBatches: z.int(),
    queueWaiting: z
      .int()
      .nullable()
      .describe('Batches of all pods that wait for a worker, as last sampled; null before the first sample.'),
  }),
  configuration: z.object({
    asyncTimeoutMs: z.int(),
    maxAsyncThreads: z.int(),
    mode: z.string(),
    slots: z.int(),
    recoverAfterMs: z.int(),
  }),
  outboxEvents: z.object({
    unprocessed: z
      .int()
      .nullable()
      .describe('Events that wait for the projector; null when MongoDB does not answer.'),
    deadLetters: z
      .int()
      .nullable()
      .describe('Events given up after too many attempts; null when MongoDB does not answer.'),
    countedUpTo: z.int().describe('A count that equals this may stand for more.'),
  }),
  journal: z.object({
    pending: z
      .int()
      .nullable()
      .describe('Mutations not yet durable in MongoDB; null when Redis does not answer.'),
  }),
  synced: z
    .object({ ASYNC_THREAD: z.int(), EVENT_BASED: z.int(), JOURNALED: z.int() })
    .describe('Mutations this pod answered since its start, by method.'),
  asyncSuccessRate: z
    .number()
    .nullable()
    .describe('Share that came through on the fast path, 0 to 1; null before the first.'),
  circuitBreakers: z.object({ fast: breakerState, outbox: breakerState }),
  isHighLoad: z.boolean(),
  timestamp: z.iso.datetime(),
});

/** The statistics now. Services that don't answer leave null, so that this works in an outage. */
export async function statisticsOf(pod: Pod): Promise<z.output<typeof statistics>> {
  const { sync, fastWorker, fastBatcher, fastBreaker, outboxBreaker, load } = pod.running;
  const { settings, stores } = pod;
  const orNull = (count: Promise<number>) => count.catch(() => null);
  const [unprocessed, deadLetters, pending] = await Promise.all([
    orNull(stores.outbox.countUnprocessed(COUNT_LIMIT)),
    orNull(stores.outbox.countDead(COUNT_LIMIT)),
    orNull(stores.journal.totalLength()),
  ]);
  const synced = { ...sync.answered };
  const total = synced.ASYNC_THREAD + synced.EVENT_BASED + synced.JOURNALED;
  return {
    asyncThreads: {
      active: fastWorker.active,
      max: settings.maxAsyncThreads,
      inFlightBatches: fastBatcher.inFlight,
      maxInFlightBatches: settings.fastMaxInFlight,
      queueWaiting: load.state.sample?.waitingJobs ?? null,
    },
    configuration: {
      asyncTimeoutMs: settings.asyncTimeoutMs,
      maxAsyncThreads: settings.maxAsyncThreads,
      mode: settings.mode,
      slots: settings.slots,
      recoverAfterMs: settings.recoverAfterMs,
    },
    outboxEvents: { unprocessed, deadLetters, countedUpTo: COUNT_LIMIT },
    journal: { pending },
    synced,
    asyncSuccessRate: total === 0 ? null : synced.ASYNC_THREAD / total,
    circuitBreakers: { fast: fastBreaker.state, outbox: outboxBreaker.state },
    isHighLoad: load.isHigh(),
    timestamp: new Date().toISOString(),
  };
}
