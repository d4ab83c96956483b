import { z } from 'zod';
import { breaker } from './breaker-state.js';
import type { Fields } from './fields.js';
import { READS, tool } from './tool-terms.js';

/** Longest wait for a shadow, in milliseconds: below the time-outs that clients and proxies usually have. */
const MAX_WAIT_MS = 30_000;

/** The tools that look at the state of one key, or of the system's parts. */
export function inspectionTools({ key }: Fields) {
  return {
    hybrid_sync_wait: tool({
      title: 'Wait for the shadow',
      description:
        'Use after a write not answered ASYNC_THREAD, with its key and version, to see whether the shadow store has it or a newer one, or to wait until then.',
      role: 'read',
      hints: READS,
      input: z.strictObject({
        key,
        version: z.int().min(1).describe('The version that the write was answered with.'),
        waitMs: z
          .int()
          .min(0)
          .max(MAX_WAIT_MS)
          .default(0)
          .describe(`How long to wait at most, in milliseconds, 0 to ${MAX_WAIT_MS}; 0 looks once.`),
      }),
      output: z.object({
        reached: z.boolean().describe('Whether the shadow has this version or a newer one.'),
        message: z.string().describe('The same in words.'),
        key: z.string(),
        version: z.int().describe('The version that was asked for.'),
        shadowVersion: z
          .int()
          .nullable()
          .describe(
            "The shadow's version; null where there is no shadow: none was written yet, or it was of a deleted or expired pair and its grace period is over.",
          ),
        waitedMs: z.int().describe('How long this took, in milliseconds.'),
        timestamp: z.iso.datetime(),
      }),
    }),
    hybrid_sync_breaker: tool({
      title: 'Circuit breakers',
      description:
        'Use to see whether the ways to MongoDB are open: both circuit breakers of the pod that answers, since when, and when they probe.',
      role: 'read',
      hints: READS,
      input: z.strictObject({}),
      output: z.object({
        circuitBreakers: z.object({
          fast: breaker.describe('Of the fast path.'),
          outbox: breaker.describe('Of the outbox.'),
        }),
        configuration: z.object({
          consecutiveFailures: z.int().describe('Failed batches in a row that open a breaker.'),
          slowCallMs: z.int().describe('A batch that takes longer counts as failed, in milliseconds.'),
          halfOpenAfterMs: z.int().describe('Time an open breaker waits before it probes, in milliseconds.'),
        }),
        timestamp: z.iso.datetime(),
      }),
    }),
  };
}
