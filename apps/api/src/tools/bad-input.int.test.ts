import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi({ MAX_KEY_BYTES: '64', MAX_VALUE_BYTES: '1000' });
});
afterAll(() => api.stop());

/** All that a write could change: the pairs and the journal in Redis, the shadows and the outbox in MongoDB. */
async function everything() {
  const { cache, journal, shadows, outbox } = api.pod.stores;
  const documents = [];
  documents.push(...(await shadows.page('', undefined, 1000)).shadows);
  return {
    keys: (await cache.scan('', '0', 1000)).keys,
    journal: await journal.totalLength(),
    documents,
    events: await outbox.countUnprocessed(100),
  };
}

describe('a bad argument is named, and changes nothing', () => {
  const cases: [what: string, tool: string, args: unknown, field: string][] = [
    ['a missing key', 'kv_set', { value: 'v' }, 'key'],
    ['a missing value', 'kv_set', { key: 'k' }, 'value'],
    ['a null value', 'kv_set', { key: 'k', value: null }, 'value'],
    ['a number as value', 'kv_set', { key: 'k', value: 7 }, 'value'],
    ['an empty key', 'kv_set', { key: '', value: 'v' }, 'key'],
    ['a key over the limit', 'kv_set', { key: 'k'.repeat(65), value: 'v' }, 'key'],
    [
      'a key over the limit in bytes, not in characters',
      'kv_set',
      { key: '\u{1F511}'.repeat(17), value: 'v' },
      'key',
    ],
    ['half a character in a key', 'kv_set', { key: 'k\ud83d', value: 'v' }, 'key'],
    ['half a character in a value', 'kv_set', { key: 'k', value: '\udd11' }, 'value'],
    ['a value over the limit', 'kv_set', { key: 'k', value: 'v'.repeat(1001) }, 'value'],
    ['a negative ttl', 'kv_set', { key: 'k', value: 'v', ttlSec: -1 }, 'ttlSec'],
    ['a fractional ttl', 'kv_set', { key: 'k', value: 'v', ttlSec: 1.5 }, 'ttlSec'],
    ['a ttl beyond any date', 'kv_set', { key: 'k', value: 'v', ttlSec: 1e15 }, 'ttlSec'],
    ['a ttl in words', 'kv_set', { key: 'k', value: 'v', ttlSec: '300' }, 'ttlSec'],
    ['an unknown argument', 'kv_set', { key: 'k', value: 'v', ttl: 5 }, 'ttl'],
    ['a missing key', 'kv_del', {}, 'key'],
    ['a number as key', 'kv_get', { key: 5 }, 'key'],
    ['no keys', 'kv_mget', { keys: [] }, 'keys'],
    ['too many keys', 'kv_mget', { keys: Array.from({ length: 101 }, String) }, 'keys'],
    ['an empty key among keys', 'kv_mget', { keys: ['a', ''] }, 'keys.1'],
    ['a limit of nothing', 'kv_scan', { limit: 0 }, 'limit'],
    ['a made-up cursor', 'kv_scan', { cursor: 'next' }, 'cursor'],
    ['an argument where none belongs', 'hybrid_sync_stats', { verbose: true }, 'verbose'],
    ['a missing key', 'hybrid_sync_manual', { value: 'v' }, 'key'],
    ['a missing key', 'hybrid_sync_delete', {}, 'key'],
    ['a value of another type', 'hybrid_sync_adaptive', { key: 'k', value: ['v'] }, 'value'],
  ];

  it.each(cases)('%s: %s', async (_, name, args, field) => {
    const before = await everything();
    const { status, json } = await api.post({ method: 'tools/call', params: { name, arguments: args } });
    expect(status).toBe(200);
    expect(json.result?.isError).toBe(true);
    const { error } = JSON.parse(json.result?.content?.[0]?.text ?? '');
    expect(error).toMatchObject({ code: 'INVALID_INPUT', field });
    expect(error.message).toContain(`${field}: `);
    expect(await everything()).toEqual(before);
  });
});

describe('a message at fault gets the error of JSON-RPC', () => {
  const cases: [what: string, body: unknown, status: number, code: number, field: string | undefined][] = [
    ['broken JSON', '{"method": "tools/call"', 400, -32700, undefined],
    ['no JSON at all', '', 400, -32700, undefined],
    ['no method', { params: {} }, 400, -32600, 'method'],
    ['a method that is not text', { method: 7 }, 400, -32600, 'method'],
    ['another version of JSON-RPC', { jsonrpc: '1.0', method: 'ping' }, 400, -32600, 'jsonrpc'],
    ['params that are no object', { method: 'tools/call', params: ['kv_get'] }, 400, -32600, 'params'],
    ['a batch', [{ method: 'ping' }], 400, -32600, 'body'],
    ['an unknown method', { method: 'tools/destroy' }, 200, -32601, undefined],
    ['an unknown tool', { method: 'tools/call', params: { name: 'kv_drop' } }, 200, -32602, 'name'],
    [
      'a tool named like a property of every object',
      { method: 'tools/call', params: { name: 'constructor' } },
      200,
      -32602,
      'name',
    ],
  ];

  it.each(cases)('%s', async (_, body, status, code, field) => {
    const reply = await api.post(body);
    expect([reply.status, reply.json.error?.code]).toEqual([status, code]);
    expect(reply.json.error?.data?.field).toBe(field);
    expect(reply.json.error?.message).toBeTruthy();
  });

  it('a body over the limit', async () => {
    const { status, json } = await api.post({ method: 'x'.repeat(200_000) });
    expect([status, json.error?.code]).toEqual([413, -32600]);
  });

  it('a call without arguments to a tool that needs some', async () => {
    const { json } = await api.post({ method: 'tools/call', params: { name: 'kv_get' } });
    expect(json.result?.content?.[0]?.text).toContain('key: ');
  });
});
