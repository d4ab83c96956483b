import { z } from 'zod';
import { breaker } from './breaker-state.js';
import { loadCheck } from './load-check.js';
import { pausedNow } from './pause-tool.js';
import { lastCheck, pausedQueues } from './statistics.js';
import { READS, tool } from './tool-terms.js';

/** How far back a pod's history goes, in seconds. */
const MAX_LAST_SEC = 900;

const rates = (meaning: string) => z.array(z.number()).describe(meaning);
const readings = (meaning: string) => z.array(z.number().nullable()).describe(meaning);
const flags = (meaning: string) => z.array(z.union([z.literal(0), z.literal(1)])).describe(meaning);

/** A pod's last seconds, column by column: the entries of one index belong together. */
const samples = z.object({
  at: z.array(z.int()).describe('When the second ended, in milliseconds since 1970.'),
  ASYNC_THREAD: rates('Writes of this pod that came through on the fast path, per second.'),
  EVENT_BASED: rates('Writes of this pod that the outbox took, per second.'),
  JOURNALED: rates('Writes of this pod that stayed in the journal, per second.'),
  refused: rates(
    'Writes of this pod that were refused, for want of Redis or of room in the journal, per second.',
  ),
  TIMEOUT: rates('Writes for which the fast path took too long, per second.'),
  QUEUE_FULL: rates('Writes for which the fast path had no room, per second.'),
  FAST_PATH_FAILED: rates('Writes that the fast path failed to bring through, per second.'),
  HIGH_LOAD: rates('Writes that skipped the fast path under high load, per second.'),
  BREAKER_OPEN: rates("Writes that the fast path's open circuit breaker turned away, per second."),
  EVENT_ONLY: rates('Writes that were not to take the fast path, per second.'),
  p50Ms: readings("Median time to a write's answer, in milliseconds; null without writes."),
  p95Ms: readings('The time that 95 % of the writes did not exceed, in milliseconds.'),
  p99Ms: readings('The time that 99 % of the writes did not exceed, in milliseconds.'),
  workersActive: rates("Batches this pod's fast worker had in hand."),
  batchesInFlight: rates('Batches this pod had in the fast queue.'),
  queueWaiting: readings('Batches of all pods that waited for a worker; null where that is not known.'),
  outboxUnprocessed: readings('Events that waited for a projector; null while MongoDB did not answer.'),
  deadLetters: readings('Events that were given up; null while MongoDB did not answer.'),
  journalPending: readings('Mutations not yet durable in MongoDB; null while Redis did not answer.'),
  projectedEvents: readings('Outbox events that all projectors brought to the shadows, per second.'),
  projectedEntries: readings('Journal entries that all projectors brought to the shadows, per second.'),
  isHighLoad: flags('1 under high load.'),
  fastBreakerOpen: flags("1 while the fast path's circuit breaker was not closed."),
  outboxBreakerOpen: flags("1 while the outbox's circuit breaker was not closed."),
  cacheMs: readings('How long Redis took to answer, in milliseconds; null while it did not.'),
  mongodbMs: readings('How long MongoDB took to answer, in milliseconds; null while it did not.'),
});

const store = z.object({
  answers: z.boolean().describe('Whether it answers what any healthy store answers at once.'),
  tookMs: z.number().nullable().describe('How long the last answer took, in milliseconds.'),
});

/** The tool that shows how syncing went lately. */
export function historyTools() {
  return {
    hybrid_sync_history: tool({
      title: 'Sync history',
      description:
        'Use to see how syncing went over the last seconds, up to 15 minutes: rates by method, latencies, what waits, and how it is now.',
      role: 'read',
      hints: READS,
      input: z.strictObject({
        lastSec: z
          .int()
          .min(1)
          .max(MAX_LAST_SEC)
          .default(60)
          .describe(`How many seconds back to go, 1 to ${MAX_LAST_SEC}.`),
        after: z
          .int()
          .min(0)
          .nullish()
          .describe('Only seconds that ended later than this, in milliseconds since 1970.'),
      }),
      output: z.object({
        pod: z.string().describe('The pod that answers: host and process.'),
        samples: samples.describe('One entry per second, oldest first. Counts go no further than 10000.'),
        stores: z.object({ cache: store.describe('Redis.'), mongodb: store }),
        load: loadCheck.omit({ timestamp: true }),
        circuitBreakers: z.object({
          fast: breaker.describe('Of the fast path.'),
          outbox: breaker.describe('Of the outbox.'),
        }),
        configuration: z.object({
          mode: z.string(),
          asyncTimeoutMs: z.int(),
          maxAsyncThreads: z.int(),
          maxInFlightBatches: z.int(),
          recoverAfterMs: z.int(),
        }),
        paused: pausedNow,
        pausedQueues,
        projectors: z
          .int()
          .nullable()
          .describe('Projectors that live; null when nothing was heard of them lately.'),
        lastCheck,
        timestamp: z.iso.datetime(),
      }),
    }),
  };
}
