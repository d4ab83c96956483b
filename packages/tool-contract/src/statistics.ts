import { z } from 'zod';
import { breakerState } from './breaker-state.js';

/** What the last scheduled check found. */
export const lastCheck = z
  .object({
    at: z.iso.datetime().describe('When it began.'),
    health: z.enum(['HEALTHY', 'ISSUES_DETECTED', 'UNKNOWN']),
    keys: z.int().describe('Keys it looked at.'),
    differing: z.int().describe('Keys that differ between cache and shadows.'),
    undecided: z.int().describe('Keys of which it could not say.'),
  })
  .nullable()
  .describe('The last scheduled check, whichever pod made it; null before the first.');

const rate = z.number();
const failing = z.object({ cause: z.string(), forMs: z.number() }).nullable();

/** The queues that are paused. */
export const pausedQueues = z
  .array(z.enum(['fast', 'projection']))
  .describe('Queues that someone has paused.');

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
      .describe('Events that wait for the projector, as last sampled; null when MongoDB does not answer.'),
    deadLetters: z
      .int()
      .nullable()
      .describe(
        'Events given up after too many attempts, as last sampled; null when MongoDB does not answer.',
      ),
    countedUpTo: z.int().describe('A count that equals this may stand for more.'),
  }),
  journal: z.object({
    pending: z
      .int()
      .nullable()
      .describe('Mutations not yet durable in MongoDB, as last sampled; null when Redis does not answer.'),
  }),
  synced: z
    .object({ ASYNC_THREAD: z.int(), EVENT_BASED: z.int(), JOURNALED: z.int() })
    .describe('Mutations this pod answered since its start, by method.'),
  asyncSuccessRate: z
    .number()
    .nullable()
    .describe('Share that came through on the fast path, 0 to 1; null before the first.'),
  circuitBreakers: z.object({ fast: breakerState, outbox: breakerState }).describe('Of this pod.'),
  pods: z
    .array(
      z.object({
        id: z.string().describe('Host, process and a random part.'),
        ageMs: z.number().describe('How long before the last look it was heard of, in milliseconds.'),
        activeThreads: z.int().describe('Batches its fast worker has in hand.'),
        maxThreads: z.int().describe("Its fast worker's concurrency."),
        circuitBreakers: z.object({ fast: breakerState, outbox: breakerState }),
        writesPerSec: z
          .object({ ASYNC_THREAD: rate, EVENT_BASED: rate, JOURNALED: rate, refused: rate })
          .optional()
          .describe(
            'Its writes of the last three seconds, per second; absent, like the next two, of a pod of a former version.',
          ),
        p99Ms: z
          .number()
          .nullable()
          .optional()
          .describe('The time that 99 % of them did not exceed, in milliseconds; null without writes.'),
        failing: failing
          .optional()
          .describe('Of what its writes fail, and for how long; null while they succeed.'),
      }),
    )
    .nullable()
    .describe('Every pod that lives, this one included; null when nothing was heard of them lately.'),
  projectors: z
    .array(
      z.object({
        id: z.string().describe('Host, process and a random part.'),
        ageMs: z.number().describe('How long before the last look it was heard of, in milliseconds.'),
        draining: z.int().describe('Slots it has in hand.'),
        maxDrains: z.int().describe('Slots it drains at the same time, at most.'),
        failing: failing.describe('Of what its drains fail, and for how long; null while they succeed.'),
        projectedPerSec: rate
          .optional()
          .describe(
            'Mutations that it brings to the shadows per second; absent of a projector of a former version.',
          ),
      }),
    )
    .nullable()
    .describe('Every projector that lives; null when nothing was heard of them lately.'),
  pausedQueues,
  lastCheck,
  isHighLoad: z.boolean(),
  timestamp: z.iso.datetime(),
});
