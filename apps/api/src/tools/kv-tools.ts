import type { CachedPair } from '@hybrid-sync/sync-core';
import { z } from 'zod';
import { type Fields, originOf } from './fields.js';
import { syncResult, syncResultOf } from './sync-result.js';
import { defineTool, READS, WRITES } from './tool.js';

const pairResult = z.object({
  found: z.boolean(),
  key: z.string(),
  value: z.string().optional(),
  version: z.int().optional(),
  expireAt: z.iso.datetime().optional().describe('When the pair expires; absent for never.'),
});

function pairResultOf(key: string, pair: CachedPair | undefined): z.output<typeof pairResult> {
  if (pair === undefined) return { found: false, key };
  const { value, version, expireAt } = pair;
  return {
    found: true,
    key,
    value,
    version,
    ...(expireAt === undefined ? {} : { expireAt: new Date(expireAt).toISOString() }),
  };
}

/** The six tools for the pairs themselves. */
export function kvTools({
  key,
  keys,
  value,
  ttlSec,
  sessionId,
  interactionId,
  prefix,
  cursor,
  limit,
}: Fields) {
  return [
    defineTool({
      name: 'kv_set',
      title: 'Set a pair',
      description:
        'Use to write a value under a key, with or without a time to live. The write is mirrored to MongoDB.',
      hints: WRITES,
      input: z.strictObject({ key, value, ttlSec, sessionId, interactionId }),
      output: syncResult,
      run: async (args, pod) =>
        syncResultOf(
          await pod.running.sync.set({
            ...originOf(args),
            key: args.key,
            value: args.value,
            ttlSec: args.ttlSec ?? undefined,
          }),
        ),
    }),
    defineTool({
      name: 'kv_get',
      title: 'Get a pair',
      description: 'Use to read the value of one key from the cache.',
      hints: READS,
      input: z.strictObject({ key }),
      output: pairResult,
      run: async (args, pod) => pairResultOf(args.key, await pod.stores.cache.get(args.key)),
    }),
    defineTool({
      name: 'kv_del',
      title: 'Delete a pair',
      description:
        'Use to delete a key. The deletion is mirrored to MongoDB, also where the cache had no such key.',
      hints: WRITES,
      input: z.strictObject({ key, sessionId, interactionId }),
      output: syncResult.extend({ existed: z.boolean().describe('Whether the cache had the key.') }),
      run: async (args, pod) => {
        const answer = await pod.running.sync.delete(args.key, originOf(args));
        return { ...syncResultOf(answer), existed: answer.existed };
      },
    }),
    defineTool({
      name: 'kv_mget',
      title: 'Get several pairs',
      description: 'Use to read up to 100 keys at once; absent ones come back as not found.',
      hints: READS,
      input: z.strictObject({ keys }),
      output: z.object({ pairs: z.array(pairResult).describe('One entry per key, in the order asked for.') }),
      run: async (args, pod) => {
        const pairs = await pod.stores.cache.getMany(args.keys);
        return { pairs: args.keys.map((each, index) => pairResultOf(each, pairs[index])) };
      },
    }),
    defineTool({
      name: 'kv_ttl',
      title: 'Time to live',
      description: 'Use to see whether and when a key expires.',
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
      run: async (args, pod) => {
        const pair = await pod.stores.cache.get(args.key);
        const expireAt = pair?.expireAt;
        if (expireAt === undefined) return { found: pair !== undefined, key: args.key, ttlSec: null };
        const ttl = Math.max(0, Math.ceil((expireAt - Date.now()) / 1000));
        return { found: true, key: args.key, ttlSec: ttl, expireAt: new Date(expireAt).toISOString() };
      },
    }),
    defineTool({
      name: 'kv_scan',
      title: 'List keys',
      description:
        'Use to page through the keys, all or those with a prefix. Keys come in no order; a page may be empty before the last one, and a key may come twice.',
      hints: READS,
      input: z.strictObject({ prefix, cursor, limit }),
      output: z.object({
        keys: z.array(z.string()),
        cursor: z.string().describe('Start of the next page; "0" after the last one.'),
      }),
      run: async (args, pod) => pod.stores.cache.scan(args.prefix, args.cursor, args.limit),
    }),
  ];
}
