import type { ToolName } from './tool-contract.js';

/** Where a tool is found over plain HTTP. */
export interface Operation {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  /** As OpenAPI writes it. `{key}` can only be the end: it stands for all the rest, slashes included. */
  readonly path: `/${string}`;
  readonly tag: 'pairs' | 'sync';
  /** Whether conditions stand in `If-Match` and `If-None-Match`, and the version in `ETag`. */
  readonly conditional?: true;
  /** Whether the value itself, with its own type, may be the body or the answer; what else it takes is then in the query. */
  readonly plain?: true;
  /** Whether it may be for one revision of the settings only. */
  readonly revised?: true;
  /** Whether it is refused where the cache does not hold the key. */
  readonly needsPair?: true;
  /** Answers also while Redis and MongoDB are away: from memory, or by saying how far it got. */
  readonly answersAnyway?: true;
}

/** Every tool's place. Arguments that are not in the path are in the query of a GET or DELETE, else in the body. */
export const OPERATIONS: Readonly<Record<ToolName, Operation>> = {
  kv_get: { method: 'GET', path: '/kv/{key}', tag: 'pairs', conditional: true, plain: true },
  kv_set: { method: 'PUT', path: '/kv/{key}', tag: 'pairs', conditional: true, plain: true },
  kv_del: { method: 'DELETE', path: '/kv/{key}', tag: 'pairs', conditional: true },
  kv_scan: { method: 'GET', path: '/kv', tag: 'pairs' },
  kv_batch: { method: 'POST', path: '/kv/batch', tag: 'pairs' },
  kv_mdel: { method: 'POST', path: '/kv/mdel', tag: 'pairs' },
  kv_mget: { method: 'POST', path: '/kv/mget', tag: 'pairs' },
  kv_del_prefix: { method: 'POST', path: '/kv/delete-prefix', tag: 'pairs' },
  kv_expire: { method: 'PATCH', path: '/kv/{key}', tag: 'pairs', conditional: true },
  kv_incr: { method: 'POST', path: '/increment/{key}', tag: 'pairs', conditional: true },
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
  hybrid_sync_pause: { method: 'POST', path: '/sync/pause', tag: 'sync', revised: true },
  hybrid_sync_history: { method: 'GET', path: '/sync/history', tag: 'sync' },
  hybrid_sync_dead_letters: { method: 'GET', path: '/sync/dead-letters', tag: 'sync' },
  hybrid_sync_requeue_dead_letters: { method: 'POST', path: '/sync/dead-letters/requeue', tag: 'sync' },
  hybrid_sync_discard_dead_letters: { method: 'POST', path: '/sync/dead-letters/discard', tag: 'sync' },
  hybrid_sync_keys: { method: 'GET', path: '/sync/keys', tag: 'sync' },
  hybrid_sync_key: { method: 'GET', path: '/sync/key/{key}', tag: 'sync' },
  verify_cache_sync: { method: 'GET', path: '/sync/verify', tag: 'sync', answersAnyway: true },
  verify_key_sync: { method: 'GET', path: '/sync/verify/{key}', tag: 'sync' },
  get_cache_ttl_info: { method: 'GET', path: '/sync/ttl/{key}', tag: 'sync' },
  force_sync_repair: { method: 'POST', path: '/sync/repair', tag: 'sync' },
  restore_cache: { method: 'POST', path: '/sync/restore', tag: 'sync', answersAnyway: true },
  import_plain_keys: { method: 'POST', path: '/sync/import', tag: 'sync' },
};

/** The preference (RFC 7240) that `answer: "journaled"` is over HTTP. */
export const RESPOND_ASYNC = 'respond-async';

/** Which of a tool's arguments stand where. */
export interface ArgumentPlaces {
  readonly path: readonly string[];
  readonly query: readonly string[];
  readonly body: readonly string[];
  /** Those of the body that are in the query where the body is the value itself. */
  readonly besidePlain: readonly string[];
  /** Those that `If-Match`, `If-None-Match` and `Prefer` stand for. */
  readonly headers: readonly string[];
}

/** Whether an operation has a body. */
export function takesBody({ method }: Operation): boolean {
  return method === 'PUT' || method === 'PATCH' || method === 'POST';
}

/** The arguments that a body stands for which is a value itself. */
const OF_A_VALUE: readonly string[] = ['value', 'contentType', 'encoding'];

/** Where an operation takes the arguments of these names from. */
export function placesOf(operation: Operation, names: readonly string[]): ArgumentPlaces {
  const { path, conditional, plain } = operation;
  const inPath = names.filter((name) => path.endsWith(`{${name}}`));
  const inHeaders: readonly string[] = conditional ? ['ifVersion', 'ifAbsent', 'answer'] : ['answer'];
  const headers = names.filter((name) => inHeaders.includes(name));
  const others = names.filter((name) => !inPath.includes(name) && !headers.includes(name));
  if (!takesBody(operation)) return { path: inPath, query: others, body: [], besidePlain: [], headers };
  const besidePlain = plain ? others.filter((name) => !OF_A_VALUE.includes(name)) : [];
  return { path: inPath, query: [], body: others, besidePlain, headers };
}

/** A call of a tool as a request over HTTP. */
export interface ToolRequest {
  readonly method: Operation['method'];
  /** With the query; relative to where the api is, so that it holds behind a proxy's path prefix. */
  readonly path: string;
  /** In small letters; absent for none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** To be sent as JSON; absent for none. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** The request that calls a tool with these arguments. Those that are undefined or null count as absent. */
export function requestOf(name: ToolName, args: Readonly<Record<string, unknown>>): ToolRequest {
  const operation = OPERATIONS[name];
  const given = Object.entries(args).filter(([, value]) => value !== undefined && value !== null);
  const places = placesOf(
    operation,
    given.map(([each]) => each),
  );
  const query = new URLSearchParams(
    given
      .filter(([each]) => places.query.includes(each))
      .flatMap(([each, value]) => [value].flat().map((one): [string, string] => [each, String(one)])),
  ).toString();
  const path = operation.path.slice(1).replace('{key}', encodeURIComponent(String(args.key)));
  const headers = {
    ...(places.headers.includes('ifVersion') ? { 'if-match': `"${args.ifVersion}"` } : {}),
    ...(places.headers.includes('ifAbsent') && args.ifAbsent === true ? { 'if-none-match': '*' } : {}),
    ...(places.headers.includes('answer') && args.answer === 'journaled' ? { prefer: RESPOND_ASYNC } : {}),
  };
  return {
    method: operation.method,
    path: query === '' ? path : `${path}?${query}`,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(takesBody(operation)
      ? { body: Object.fromEntries(given.filter(([each]) => places.body.includes(each))) }
      : {}),
  };
}
