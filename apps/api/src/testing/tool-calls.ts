import type { ToolContract, ToolName } from '@hybrid-sync/tool-contract';
import type { z } from 'zod';

/** Arguments with which each tool does what it is for, given a plain key, a pair under `k` and dead letters of any key. */
export const TOOL_CALLS: { readonly [Name in ToolName]: z.input<ToolContract[Name]['input']> } = {
  kv_set: { key: 'k', value: 'after', ttlSec: 60, sessionId: 's', interactionId: 'i' },
  kv_get: { key: 'k' },
  kv_del: { key: 'k' },
  kv_batch: {
    operations: [
      { op: 'del', key: 'other' },
      { op: 'set', key: 'k', value: 'after', ttlSec: 60 },
    ],
  },
  kv_expire: { key: 'k', ttlSec: 90 },
  kv_incr: { key: 'counter', by: 2 },
  kv_mdel: { keys: ['k', 'absent'] },
  kv_mget: { keys: ['k', 'absent'] },
  kv_del_prefix: { prefix: 'k', apply: true },
  kv_ttl: { key: 'k' },
  kv_scan: { prefix: 'k' },
  hybrid_sync_stats: {},
  hybrid_sync_load_check: {},
  hybrid_sync_manual: { key: 'k', value: 'after' },
  hybrid_sync_delete: { key: 'k' },
  hybrid_sync_adaptive: { key: 'k', value: 'after' },
  hybrid_sync_wait: { key: 'k', version: 1 },
  hybrid_sync_breaker: {},
  hybrid_sync_settings: {},
  hybrid_sync_settings_set: { settings: { 'app.sync.async-timeout-ms': 1500 } },
  hybrid_sync_settings_reset: { all: true, apply: true },
  hybrid_sync_settings_history: {},
  hybrid_sync_history: {},
  hybrid_sync_dead_letters: { limit: 1 },
  hybrid_sync_requeue_dead_letters: { limit: 1 },
  hybrid_sync_discard_dead_letters: { all: true, apply: true, limit: 1 },
  verify_cache_sync: { waitMs: 100 },
  verify_key_sync: { key: 'k', waitMs: 100 },
  get_cache_ttl_info: { key: 'k' },
  force_sync_repair: { apply: true, waitMs: 100 },
  restore_cache: { waitMs: 100 },
  import_plain_keys: { match: 't*-plain-*', apply: true, waitMs: 100 },
};
