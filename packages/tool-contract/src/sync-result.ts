import { z } from 'zod';

/** What every writing tool answers: the guide's `success`, `method`, `message`, `timestamp`, and more. */
export const syncResult = z.object({
  success: z.literal(true).describe('The cache has the mutation, and it will not be lost.'),
  method: z
    .enum(['ASYNC_THREAD', 'EVENT_BASED', 'JOURNALED'])
    .describe('How far the mutation got: shadow store, outbox, or journal.'),
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
