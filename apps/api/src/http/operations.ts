import type { ToolName } from '@hybrid-sync/tool-contract';
import type { z } from 'zod';

/** Where a tool is found over plain HTTP. */
export interface Operation {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** As OpenAPI writes it. `{key}` can only be the end: it stands for all the rest, slashes included. */
  readonly path: `/${string}`;
  readonly tag: 'pairs' | 'sync';
  /** Whether conditions stand in `If-Match` and `If-None-Match`, and the version in `ETag`. */
  readonly conditional?: true;
  /** Whether it may be for one revision of the settings only. */
  readonly revised?: true;
  /** Whether it is refused where the cache does not hold the key. */
  readonly needsPair?: true;
  /** Answers also while Redis and MongoDB are away: from memory, or by saying how far it got. */
  readonly answersAnyway?: true;
}

/** Every tool's place. Arguments that are not in the path are in the query of a GET or DELETE, else in the body. */
export const OPERATIONS: Readonly<Record<ToolName, Operation>> = {
  kv_get: { method: 'GET', path: '/kv/{key}', tag: 'pairs', conditional: true },
  kv_set: { method: 'PUT', path: '/kv/{key}', tag: 'pairs', conditional: true },
  kv_del: { method: 'DELETE', path: '/kv/{key}', tag: 'pairs', conditional: true },
  kv_scan: { method: 'GET', path: '/kv', tag: 'pairs' },
  kv_mget: { method: 'POST', path: '/kv/mget', tag: 'pairs' },
  kv_ttl: { method: 'GET', path: '/ttl/{key}', tag: 'pairs' },
  hybrid_sync_stats: { method: 'GET', path: '/sync/stats', tag: 'sync' },
  hybrid_sync_load_check: { method: 'GET', path: '/sync/load', tag: 'sync' },
  hybrid_sync_manual: { method: 'POST', path: '/sync/manual', tag: 'sync', needsPair: true },
  hybrid_sync_adaptive: { method: 'POST', path: '/sync/adaptive', tag: 'sync', needsPair: true },
  hybrid_sync_delete: { method: 'POST', path: '/sync/delete', tag: 'sync' },
  hybrid_sync_wait: { method: 'GET', path: '/sync/keys/{key}', tag: 'sync' },
  hybrid_sync_breaker: { method: 'GET', path: '/sync/breaker', tag: 'sync' },
  hybrid_sync_settings: { method: 'GET', path: '/sync/settings', tag: 'sync', answersAnyway: true },
  hybrid_sync_settings_set: { method: 'POST', path: '/sync/settings', tag: 'sync', revised: true },
  hybrid_sync_settings_reset: { method: 'POST', path: '/sync/settings/reset', tag: 'sync', revised: true },
  hybrid_sync_settings_history: { method: 'GET', path: '/sync/settings/history', tag: 'sync' },
  hybrid_sync_history: { method: 'GET', path: '/sync/history', tag: 'sync' },
  hybrid_sync_dead_letters: { method: 'GET', path: '/sync/dead-letters', tag: 'sync' },
  hybrid_sync_requeue_dead_letters: { method: 'POST', path: '/sync/dead-letters/requeue', tag: 'sync' },
  hybrid_sync_discard_dead_letters: { method: 'POST', path: '/sync/dead-letters/discard', tag: 'sync' },
  verify_cache_sync: { method: 'GET', path: '/sync/verify', tag: 'sync', answersAnyway: true },
  verify_key_sync: { method: 'GET', path: '/sync/verify/{key}', tag: 'sync' },
  get_cache_ttl_info: { method: 'GET', path: '/sync/ttl/{key}', tag: 'sync' },
  force_sync_repair: { method: 'POST', path: '/sync/repair', tag: 'sync' },
  restore_cache: { method: 'POST', path: '/sync/restore', tag: 'sync', answersAnyway: true },
  import_plain_keys: { method: 'POST', path: '/sync/import', tag: 'sync' },
};

/** Which of a tool's arguments stand where. */
export interface Places {
  readonly path: readonly string[];
  readonly query: readonly string[];
  readonly body: readonly string[];
  /** Those that `If-Match` and `If-None-Match` stand for. */
  readonly headers: readonly string[];
}

/** Where an operation takes the arguments of its tool from. */
export function placesOf({ method, path, conditional }: Operation, input: z.ZodObject): Places {
  const names = Object.keys(input.shape);
  const inPath = names.filter((name) => path.endsWith(`{${name}}`));
  const conditions: readonly string[] = conditional ? ['ifVersion', 'ifAbsent'] : [];
  const headers = names.filter((name) => conditions.includes(name));
  const others = names.filter((name) => !inPath.includes(name) && !headers.includes(name));
  const takesBody = method === 'PUT' || method === 'POST';
  return { path: inPath, query: takesBody ? [] : others, body: takesBody ? others : [], headers };
}
