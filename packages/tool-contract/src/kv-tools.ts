import { z } from 'zod';
import { type Fields, MAX_OPERATIONS } from './fields.js';
import { deleteResult, operationResult, syncResult } from './sync-result.js';
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

const batchResult = z.object({
  done: z.int().describe('Operations that were done.'),
  failed: z.int().describe('Operations that failed; the others were done all the same.'),
  results: z.array(operationResult).describe('One entry per operation, in the order given.'),
});

/** What a write can't ask for: a version and none. */
const ONE_CONDITION = { path: ['ifAbsent'], error: "can't be asked for beside ifVersion" };
const oneCondition = ({ ifVersion, ifAbsent }: { ifVersion?: unknown; ifAbsent?: unknown }) =>
  !(typeof ifVersion === 'number' && ifAbsent === true);

/** What a write can't ask for: to expire in a while and at a moment. */
const ONE_EXPIRY = { path: ['expireAt'], error: "can't be asked for beside ttlSec" };
const oneExpiry = ({ ttlSec, expireAt }: { ttlSec?: unknown; expireAt?: unknown }) => !(ttlSec && expireAt);

/** The tools for the pairs themselves. */
export function kvTools({
  key,
  keys,
  value,
  contentType,
  encoding,
  ttlSec,
  expireAt,
  sessionId,
  interactionId,
  ifVersion,
  ifAbsent,
  prefix,
  cursor,
  limit,
}: Fields) {
  return {
    kv_set: tool({
      title: 'Set a pair',
      description:
        'Use to write a value: the one to take for every ordinary write, perhaps only over a version that you have read. The write is mirrored to MongoDB as the settings say.',
      role: 'write',
      hints: WRITES,
      input: z
        .strictObject({
          key,
          value,
          contentType,
          encoding,
          ttlSec,
          expireAt,
          sessionId,
          interactionId,
          ifVersion,
          ifAbsent,
        })
        .refine(oneCondition, ONE_CONDITION)
        .refine(oneExpiry, ONE_EXPIRY),
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
        'Use to delete a key, perhaps only the version that you have read. The deletion is mirrored to MongoDB, also where the cache had no such key.',
      role: 'write',
      hints: WRITES,
      input: z.strictObject({ key, sessionId, interactionId, ifVersion }),
      output: deleteResult,
    }),
    kv_batch: tool({
      title: 'Set and delete many pairs',
      description:
        'Use to write many keys in one call: sets and deletes, each as by kv_set or kv_del with a result of its own. Operations on one key run in the order given. It is no transaction: one that fails fails alone.',
      role: 'write',
      hints: WRITES,
      input: z.strictObject({
        operations: z
          .array(
            z.discriminatedUnion('op', [
              z
                .strictObject({
                  op: z.literal('set'),
                  key,
                  value,
                  contentType,
                  encoding,
                  ttlSec,
                  expireAt,
                  ifVersion,
                  ifAbsent,
                })
                .refine(oneCondition, ONE_CONDITION)
                .refine(oneExpiry, ONE_EXPIRY),
              z.strictObject({ op: z.literal('del'), key, ifVersion }),
            ]),
          )
          .min(1)
          .max(MAX_OPERATIONS)
          .describe(`The sets and deletes, 1 to ${MAX_OPERATIONS}.`),
        sessionId,
        interactionId,
      }),
      output: batchResult,
    }),
    kv_mdel: tool({
      title: 'Delete several pairs',
      description: 'Use to delete up to 100 keys in one call, each as by kv_del with a result of its own.',
      role: 'write',
      hints: WRITES,
      input: z.strictObject({ keys, sessionId, interactionId }),
      output: batchResult,
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
        'Use to page through the keys, all or those with a prefix. Keys come in no order; a page may be empty before the last one, and a key may come twice.',
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
