import type { CachedPair } from '@hybrid-sync/sync-core';
import type { ToolResult } from '@hybrid-sync/tool-contract';
import { originOf, syncResultOf } from './sync-result.js';
import type { ToolHandlers } from './tool.js';

/** The six tools for the pairs themselves. */
export const kvHandlers: ToolHandlers<'kv_set' | 'kv_get' | 'kv_del' | 'kv_mget' | 'kv_ttl' | 'kv_scan'> = {
  kv_set: async (args, pod) =>
    syncResultOf(
      await pod.running.sync.set({
        ...originOf(args),
        key: args.key,
        value: args.value,
        ttlSec: args.ttlSec ?? undefined,
      }),
    ),

  kv_get: async (args, pod) => pairResultOf(args.key, await pod.stores.cache.get(args.key)),

  kv_del: async (args, pod) => {
    const answer = await pod.running.sync.delete(args.key, originOf(args));
    return { ...syncResultOf(answer), existed: answer.existed };
  },

  kv_mget: async (args, pod) => {
    const pairs = await pod.stores.cache.getMany(args.keys);
    return { pairs: args.keys.map((key, index) => pairResultOf(key, pairs[index])) };
  },

  kv_ttl: async (args, pod) => {
    const pair = await pod.stores.cache.get(args.key);
    const expireAt = pair?.expireAt;
    if (expireAt === undefined) return { found: pair !== undefined, key: args.key, ttlSec: null };
    const ttl = Math.max(0, Math.ceil((expireAt - Date.now()) / 1000));
    return { found: true, key: args.key, ttlSec: ttl, expireAt: new Date(expireAt).toISOString() };
  },

  kv_scan: async (args, pod) => pod.stores.cache.scan(args.prefix, args.cursor, args.limit),
};

function pairResultOf(key: string, pair: CachedPair | undefined): ToolResult<'kv_get'> {
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
