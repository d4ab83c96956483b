import { type CachedPair, InvalidInputError, type Pod } from '@hybrid-sync/sync-core';
import type { ToolArguments, ToolResult } from '@hybrid-sync/tool-contract';
import { fitsPage, writtenBytes } from './answer-size.js';
import { runBatch } from './batch.js';
import { syncResultOf } from './sync-result.js';
import type { ToolHandlers } from './tool.js';
import { typedValueIn } from './typed-value.js';
import { deletePair, expirePair, incrementPair, setPair } from './write-pair.js';

/**
 * Bytes of values that one kv_mget answers with, repeated keys counted each time: a hundred of the largest values would
 * keep the pod and its connection to Redis busy for seconds. A single value of any size is always answered.
 */
const MOST_MGET_BYTES = 4 * 1024 * 1024;

/** The tools for the pairs themselves. */
export const kvHandlers: ToolHandlers<
  | 'kv_set'
  | 'kv_get'
  | 'kv_del'
  | 'kv_expire'
  | 'kv_incr'
  | 'kv_batch'
  | 'kv_mdel'
  | 'kv_mget'
  | 'kv_ttl'
  | 'kv_scan'
> = {
  kv_set: async (args, pod, { precondition }) => syncResultOf(await setPair(pod, args, precondition)),

  kv_get: async (args, pod) => pairResultOf(args.key, await pod.stores.cache.get(args.key)),

  kv_del: async (args, pod, { precondition }) => {
    const answer = await deletePair(pod, args, precondition);
    return { ...syncResultOf(answer), existed: answer.existed };
  },

  kv_expire: async (args, pod, { precondition }) => syncResultOf(await expirePair(pod, args, precondition)),

  kv_incr: async (args, pod, { precondition }) => {
    const answer = await incrementPair(pod, args, precondition);
    return { ...syncResultOf(answer), sum: answer.sum };
  },

  kv_batch: runBatch,

  kv_mdel: ({ keys, ...origin }, pod) =>
    runBatch({ ...origin, operations: keys.map((key) => ({ op: 'del', key })) }, pod),

  kv_mget: async (args, pod) => {
    const { cache } = pod.stores;
    const bytes = await cache.bytesOf(args.keys);
    const most = Math.max(MOST_MGET_BYTES, pod.settings.maxValueBytes);
    if (bytes > most) {
      throw new InvalidInputError(
        'keys',
        `their values hold ${bytes} bytes together; ask for at most ${most}`,
      );
    }
    const pairs = await cache.getMany(args.keys);
    checkWritten(pairs);
    return { pairs: args.keys.map((key, index) => pairResultOf(key, pairs[index])) };
  },

  kv_ttl: async (args, pod) => {
    const pair = await pod.stores.cache.get(args.key);
    const expireAt = pair?.expireAt;
    if (expireAt === undefined) return { found: pair !== undefined, key: args.key, ttlSec: null };
    const ttl = Math.max(0, Math.ceil((expireAt - Date.now()) / 1000));
    return { found: true, key: args.key, ttlSec: ttl, expireAt: new Date(expireAt).toISOString() };
  },

  kv_scan: scanPage,
};

/** @throws InvalidInputError where several values take more bytes as JSON writes them than one answer has */
function checkWritten(pairs: readonly (CachedPair | undefined)[]): void {
  const values = pairs.flatMap((pair) => (pair === undefined ? [] : [pair.value]));
  if (values.length > 1 && writtenBytes(values, MOST_MGET_BYTES) > MOST_MGET_BYTES) {
    throw new InvalidInputError(
      'keys',
      `their values take more than ${MOST_MGET_BYTES} bytes together as JSON; ask for fewer keys, or for one at a time`,
    );
  }
}

/** A page of keys or pairs; fewer than asked for where they are so long that an answer would be. */
async function scanPage(
  { prefix, cursor, limit, values }: ToolArguments<'kv_scan'>,
  { stores: { cache } }: Pod,
): Promise<ToolResult<'kv_scan'>> {
  for (let count = limit; ; count = Math.ceil(count / 8)) {
    const page = await cache.scan(prefix, cursor, count);
    const last = count === 1;
    if (!last && !fitsPage(page.keys)) continue;
    if (!values) return page;
    if (!last && (await cache.bytesOf(page.keys)) > MOST_MGET_BYTES) continue;
    const found = (await cache.getMany(page.keys)).filter((pair) => pair !== undefined);
    const answer = { ...page, pairs: found.map((pair) => pairResultOf(pair.key, pair)) };
    if (last || fitsPage(answer)) return answer;
  }
}

function pairResultOf(key: string, pair: CachedPair | undefined): ToolResult<'kv_get'> {
  if (pair === undefined) return { found: false, key };
  const { value, version, expireAt } = pair;
  return {
    found: true,
    key,
    ...typedValueIn(value),
    version,
    ...(expireAt === undefined ? {} : { expireAt: new Date(expireAt).toISOString() }),
  };
}
