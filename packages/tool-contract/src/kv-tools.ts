import { z } from 'zod';
import type { Fields } from './fields.js';
import { pairWrites } from './pair-writes.js';
import { deleteResult, syncResult } from './sync-result.js';
import { READS, tool, WRITES } from './tool-terms.js';

const pairResult = z.object({
  found: z.boolean(),
  key: z.string(),
  value: z.string().optional(),
  contentType: z.string().optional().describe('Media type of the value; absent for one without.'),
  encoding: z.literal('base64').optional().describe('The value is in it: bytes that are no UTF-8.'),
  version: z.int().optional(),
  expireAt: z.iso.datetime().optional().describe('When the pair expires; absent for never.'),
});

/** The tools for the pairs themselves. */
export function kvTools(fields: Fields) {
  const { key, keys, sessionId, interactionId, answer, prefix, cursor, limit } = fields;
  const { set, del } = pairWrites(fields);
  return {
    kv_set: tool({
      title: 'Set a pair',
      description:
        'Use to write a value: the one to take for every ordinary write, perhaps only over a version that you have read. Mirrored to MongoDB as the settings say.',
      role: 'write',
      hints: WRITES,
      input: set.ruled(z.strictObject({ ...set.takes, sessionId, interactionId, answer })),
      output: syncResult,
    }),
    kv_get: tool({
      title: 'Get a pair',
      description: 'Use to read the value of one key from the cache.',
      role: 'read',
      hints: READS,
      input: z.strictObject({ key }),
      output: pairResult,
    }),
    kv_del: tool({
      title: 'Delete a pair',
      description:
        'Use to delete a key, perhaps only the version that you have read. Mirrored also where the cache had no such key.',
      role: 'write',
      hints: WRITES,
      input: del.ruled(z.strictObject({ ...del.takes, sessionId, interactionId, answer })),
      output: deleteResult,
    }),
    kv_mget: tool({
      title: 'Get several pairs',
      description: 'Use to read up to 100 keys at once; absent ones come back as not found.',
      role: 'read',
      hints: READS,
      input: z.strictObject({ keys }),
      output: z.object({ pairs: z.array(pairResult).describe('One entry per key, in the order asked for.') }),
    }),
    kv_ttl: tool({
      title: 'Time to live',
      description: 'Use to see whether and when a key expires.',
      role: 'read',
      hints: READS,
      input: z.strictObject({ key }),
      output: z.object({
        found: z.boolean(),
        key: z.string(),
        ttlSec: z
          .number()
          .nullable()
          .describe('Seconds until the pair expires, rounded up; null for never or no such key.'),
        expireAt: z.iso.datetime().optional(),
      }),
    }),
    kv_scan: tool({
      title: 'List keys',
      description:
        'Use to page through the keys, or those with a prefix, in no order. A page may be empty before the last one, and a key may come twice.',
      role: 'read',
      hints: READS,
      input: z.strictObject({
        prefix,
        cursor,
        limit,
        values: z.boolean().default(false).describe('true: with the pairs.'),
      }),
      output: z.object({
        keys: z.array(z.string()),
        pairs: z
          .array(pairResult)
          .optional()
          .describe('The pairs of these keys, but for those that went meanwhile.'),
        cursor: z.string().describe('Start of the next page; "0" after the last one.'),
      }),
    }),
  };
}
