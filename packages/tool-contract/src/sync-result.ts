import { z } from 'zod';

/** What every writing tool answers: the guide's `success`, `method`, `message`, `timestamp`, and more. */
export const syncResult = z.object({
  success: z.literal(true).describe('The cache has the mutation, and it will not be lost.'),
  method: z
    .enum(['ASYNC_THREAD', 'EVENT_BASED', 'JOURNALED'])
    .describe('How far it got: shadow store, outbox, or journal.'),
  message: z.string().describe('The same in words.'),
  timestamp: z.iso.datetime(),
  key: z.string(),
  version: z.int().describe('The version of this mutation; versions of a key only rise.'),
  fallbackReason: z.string().optional().describe('Why the fast path did not bring it through.'),
  expireAt: z.iso.datetime().optional().describe('When the pair expires; absent for never.'),
});

/** What a deleting tool answers. */
export const deleteResult = syncResult.extend({
  existed: z.boolean().describe('Whether the cache had the key.'),
});

/** What an addition led to. */
export const sum = z.int().describe('What the key holds now.');

/** What is told of one operation of a batch. */
export const operationResult = z.object({
  op: z.enum(['set', 'del', 'expire', 'incr']),
  key: z.string(),
  version: syncResult.shape.version.optional(),
  method: syncResult.shape.method.optional(),
  fallbackReason: syncResult.shape.fallbackReason,
  expireAt: syncResult.shape.expireAt,
  existed: z.boolean().optional().describe('After a delete: whether the cache had the key.'),
  sum: sum.optional().describe('After an addition: what the key holds now.'),
  error: z
    .object({
      code: z.string().describe('As the single write has it.'),
      message: z.string(),
      field: z.string().optional().describe('The argument at fault.'),
      version: z
        .int()
        .nullable()
        .optional()
        .describe(
          'After a condition that did not hold: the version that the cache has, null for no such key.',
        ),
      retryAfterSec: z.number().optional().describe('Seconds after which another try makes sense.'),
    })
    .optional()
    .describe('Why this operation failed; absent where it was done.'),
});
