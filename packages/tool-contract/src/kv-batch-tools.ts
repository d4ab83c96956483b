import { z } from 'zod';
import { type Fields, MAX_OPERATIONS } from './fields.js';
import { pairWrites } from './pair-writes.js';
import { operationResult } from './sync-result.js';
import { ADDS, tool, WRITES } from './tool-terms.js';

const batchResult = z.object({
  done: z.int().describe('Operations that were done.'),
  failed: z.int().describe('Operations that failed; the others were done all the same.'),
  results: z.array(operationResult).describe('One entry per operation, in the order given.'),
});

/** The tools that write many pairs in one call. */
export function kvBatchTools(fields: Fields) {
  const { keys, sessionId, interactionId, answer } = fields;
  const { set, del, expire, incr } = pairWrites(fields);
  return {
    kv_batch: tool({
      title: 'Write many pairs',
      description:
        'Use to write many keys in one call, each as by kv_set, kv_del, kv_expire or kv_incr, with a result of its own. Operations on one key run in order; one that fails fails alone.',
      role: 'write',
      hints: { ...WRITES, idempotentHint: ADDS.idempotentHint },
      input: z.strictObject({
        operations: z
          .array(
            z.discriminatedUnion('op', [
              set.ruled(z.strictObject({ op: z.literal('set'), ...set.takes })),
              del.ruled(z.strictObject({ op: z.literal('del'), ...del.takes })),
              expire.ruled(z.strictObject({ op: z.literal('expire'), ...expire.takes })),
              incr.ruled(z.strictObject({ op: z.literal('incr'), ...incr.takes })),
            ]),
          )
          .min(1)
          .max(MAX_OPERATIONS)
          .describe(`1 to ${MAX_OPERATIONS}, each with the arguments of its own tool, but for who writes.`),
        sessionId,
        interactionId,
        answer,
      }),
      output: batchResult,
    }),
    kv_mdel: tool({
      title: 'Delete several pairs',
      description: 'Use to delete up to 100 keys in one call, each as by kv_del with a result of its own.',
      role: 'write',
      hints: WRITES,
      input: z.strictObject({ keys, sessionId, interactionId, answer }),
      output: batchResult,
    }),
  };
}
