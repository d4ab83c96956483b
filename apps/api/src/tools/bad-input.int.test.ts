import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { type Snapshot, StoredState } from '../testing/stored-state.js';

let api: InProcessApi;
let state: StoredState;
/** What is stored before any call: a pair, its shadow and an event, so that there is something to change. */
let before: Snapshot;
beforeAll(async () => {
  api = await startInProcessApi({ MAX_KEY_BYTES: '64', MAX_VALUE_BYTES: '1000', SYNC_MODE: 'event-only' });
  state = new StoredState(api.space);
  await api.call('kv_set', { key: 'k', value: 'before', ttlSec: 3600 });
  await vi.waitFor(async () => expect(await api.pod.stores.journal.totalLength()).toBe(0), 10_000);
  before = await state.snapshot();
});
afterAll(async () => {
  await state.close();
  await api.stop();
});

/** Arguments as JSON text: what a literal of JavaScript can't say. */
class Json {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
const json = (text: string) => new Json(text);
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

type Case = [what: string, tool: string, args: object, field: string];

const WRONG_TYPES: Case[] = [
  ['a missing key', 'kv_set', { value: 'v' }, 'key'],
  ['a missing value', 'kv_set', { key: 'k' }, 'value'],
  ['a null key', 'kv_set', { key: null, value: 'v' }, 'key'],
  ['a null value', 'kv_set', { key: 'k', value: null }, 'value'],
  ['a number as value', 'kv_set', { key: 'k', value: 7 }, 'value'],
  ['true as value', 'kv_set', { key: 'k', value: true }, 'value'],
  ['an object as value', 'kv_set', { key: 'k', value: { $ne: null } }, 'value'],
  ['an object as key, as for an injection', 'kv_get', { key: { $gt: '' } }, 'key'],
  ['a list as key', 'kv_del', { key: ['k'] }, 'key'],
  ['a number as key', 'kv_get', { key: 5 }, 'key'],
  ['a ttl in words', 'kv_set', { key: 'k', value: 'v', ttlSec: '300' }, 'ttlSec'],
  ['true as ttl', 'kv_set', { key: 'k', value: 'v', ttlSec: true }, 'ttlSec'],
  ['a word as condition', 'kv_set', { key: 'k', value: 'v', ifAbsent: 'true' }, 'ifAbsent'],
  ['a version as text', 'kv_set', { key: 'k', value: 'v', ifVersion: '1' }, 'ifVersion'],
  ['a number as session', 'kv_set', { key: 'k', value: 'v', sessionId: 7 }, 'sessionId'],
  ['one key as keys', 'kv_mget', { keys: 'k' }, 'keys'],
  ['an object as keys', 'kv_mget', { keys: { 0: 'k', length: 1 } }, 'keys'],
  ['null among keys', 'kv_mget', { keys: ['k', null] }, 'keys.1'],
  ['a number as cursor', 'kv_scan', { cursor: 0 }, 'cursor'],
  ['a list as prefix', 'kv_scan', { prefix: ['k'] }, 'prefix'],
  ['a missing key', 'hybrid_sync_manual', { value: 'v' }, 'key'],
  ['a missing key', 'hybrid_sync_delete', {}, 'key'],
  ['a value of another type', 'hybrid_sync_adaptive', { key: 'k', value: ['v'] }, 'value'],
  ['a missing version', 'hybrid_sync_wait', { key: 'k' }, 'version'],
  ['a version as text', 'hybrid_sync_wait', { key: 'k', version: '1' }, 'version'],
  ['an object as ids', 'hybrid_sync_requeue_dead_letters', { ids: { $exists: true } }, 'ids'],
];

const NUMBERS: Case[] = [
  ['a negative ttl', 'kv_set', { key: 'k', value: 'v', ttlSec: -1 }, 'ttlSec'],
  ['a fractional ttl', 'kv_set', { key: 'k', value: 'v', ttlSec: 1.5 }, 'ttlSec'],
  ['a ttl beyond any date', 'kv_set', { key: 'k', value: 'v', ttlSec: 1e15 }, 'ttlSec'],
  ['a ttl of 2^53', 'kv_set', { key: 'k', value: 'v', ttlSec: 2 ** 53 }, 'ttlSec'],
  ['a ttl that overflows', 'kv_set', json('{"key": "k", "value": "v", "ttlSec": 1e400}'), 'ttlSec'],
  ['a ttl below any number', 'kv_set', json('{"key": "k", "value": "v", "ttlSec": -1e400}'), 'ttlSec'],
  ['a ttl just above 0', 'kv_set', json('{"key": "k", "value": "v", "ttlSec": 1e-300}'), 'ttlSec'],
  ['version 0', 'kv_set', { key: 'k', value: 'v', ifVersion: 0 }, 'ifVersion'],
  ['a version of 2^53', 'kv_del', { key: 'k', ifVersion: 2 ** 53 }, 'ifVersion'],
  ['a version that overflows', 'hybrid_sync_wait', json('{"key": "k", "version": 1e400}'), 'version'],
  [
    'a version that JSON rounds',
    'hybrid_sync_wait',
    json('{"key":"k","version":9007199254740993}'),
    'version',
  ],
  ['a negative version', 'hybrid_sync_wait', { key: 'k', version: -1 }, 'version'],
  ['a wait that is too long', 'hybrid_sync_wait', { key: 'k', version: 1, waitMs: 30_001 }, 'waitMs'],
  ['a negative wait', 'hybrid_sync_wait', { key: 'k', version: 1, waitMs: -1 }, 'waitMs'],
  ['a limit of nothing', 'kv_scan', { limit: 0 }, 'limit'],
  ['a limit of minus nothing', 'kv_scan', json('{"limit": -0}'), 'limit'],
  ['a limit over the bound', 'kv_scan', { limit: 1001 }, 'limit'],
  ['an age before all time', 'hybrid_sync_requeue_dead_letters', { minAgeSec: 1e300 }, 'minAgeSec'],
  ['an age that all have', 'hybrid_sync_discard_dead_letters', { minAgeSec: 0, apply: true }, 'minAgeSec'],
  ['an age that overflows', 'hybrid_sync_discard_dead_letters', json('{"minAgeSec": 1e400}'), 'minAgeSec'],
  ['a negative age', 'hybrid_sync_dead_letters', { minAgeSec: -1 }, 'minAgeSec'],
  ['a rate of nothing', 'hybrid_sync_requeue_dead_letters', { perSecond: 0 }, 'perSecond'],
  ['a rate of almost nothing', 'hybrid_sync_requeue_dead_letters', { perSecond: 5e-324 }, 'perSecond'],
  ['half a slot', 'hybrid_sync_dead_letters', { slot: 1.5 }, 'slot'],
];

const TEXTS: Case[] = [
  ['an empty key', 'kv_set', { key: '', value: 'v' }, 'key'],
  ['an empty key among keys', 'kv_mget', { keys: ['a', ''] }, 'keys.1'],
  ['half a character in a key', 'kv_set', { key: 'k\ud83d', value: 'v' }, 'key'],
  ['half a character in a value', 'kv_set', { key: 'k', value: '\udd11' }, 'value'],
  ['halves in the wrong order', 'kv_set', { key: 'k', value: '\udd11\ud83d' }, 'value'],
  ['half a character in a prefix', 'kv_scan', { prefix: '\ud83d' }, 'prefix'],
  ['half a character in a session', 'kv_set', { key: 'k', value: 'v', sessionId: '\ud83d' }, 'sessionId'],
  ['an empty session', 'kv_set', { key: 'k', value: 'v', sessionId: '' }, 'sessionId'],
  ['half a character in an interaction', 'kv_del', { key: 'k', interactionId: '\ud83d' }, 'interactionId'],
  ['a made-up cursor', 'kv_scan', { cursor: 'next' }, 'cursor'],
  ['an empty cursor', 'kv_scan', { cursor: '' }, 'cursor'],
  ['a cursor with a sign', 'kv_scan', { cursor: '-1' }, 'cursor'],
  ['a cursor with a line break', 'kv_scan', { cursor: '0\n' }, 'cursor'],
  ['a cursor with a control character', 'kv_scan', { cursor: '0\u0000' }, 'cursor'],
  ['a cursor above 64 bits', 'kv_scan', { cursor: '18446744073709551616' }, 'cursor'],
  ['no text as cursor', 'hybrid_sync_dead_letters', { cursor: '' }, 'cursor'],
  ['an operator as id', 'hybrid_sync_discard_dead_letters', { ids: ['$where'] }, 'ids.0'],
];

const SIZES: Case[] = [
  ['a key over the limit', 'kv_set', { key: 'k'.repeat(65), value: 'v' }, 'key'],
  ['a key over the limit in bytes only', 'kv_set', { key: '\u{1F511}'.repeat(17), value: 'v' }, 'key'],
  ['a value over the limit', 'kv_set', { key: 'k', value: 'v'.repeat(1001) }, 'value'],
  ['a value over the limit in bytes only', 'kv_set', { key: 'k', value: '\u0436'.repeat(501) }, 'value'],
  ['a value to sync over the limit', 'hybrid_sync_manual', { key: 'k', value: 'v'.repeat(1001) }, 'value'],
  ['a prefix over the limit', 'kv_scan', { prefix: 'k'.repeat(65) }, 'prefix'],
  ['a session over the limit', 'kv_set', { key: 'k', value: 'v', sessionId: 's'.repeat(201) }, 'sessionId'],
  ['no keys', 'kv_mget', { keys: [] }, 'keys'],
  ['too many keys', 'kv_mget', { keys: Array.from({ length: 101 }, String) }, 'keys'],
  ['a key over the limit among keys', 'kv_mget', { keys: ['a', 'b', 'k'.repeat(65)] }, 'keys.2'],
  ['no ids', 'hybrid_sync_requeue_dead_letters', { ids: [] }, 'ids'],
  ['deep JSON as value', 'kv_set', json(`{"key": "k", "value": ${nested(3000)}}`), 'value'],
  ['deep JSON as key', 'kv_get', json(`{"key": ${nested(3000)}}`), 'key'],
  ['deep JSON among keys', 'kv_mget', json(`{"keys": ["k", ${nested(3000)}]}`), 'keys.1'],
];

const NAMES: Case[] = [
  ['an unknown argument', 'kv_set', { key: 'k', value: 'v', ttl: 5 }, 'ttl'],
  ['an argument in capitals', 'kv_set', { key: 'k', value: 'v', TTLSEC: 5 }, 'TTLSEC'],
  ['an argument where none belongs', 'hybrid_sync_stats', { verbose: true }, 'verbose'],
  ['the constructor', 'kv_set', { key: 'k', value: 'v', constructor: {} }, 'constructor'],
  ['a method of every object', 'kv_set', { key: 'k', value: 'v', toString: 'x' }, 'toString'],
  ['an action, as the tool once had', 'hybrid_sync_dead_letters', { action: 'discard' }, 'action'],
];

describe.each([
  ['wrong types', WRONG_TYPES],
  ['numbers', NUMBERS],
  ['texts', TEXTS],
  ['sizes', SIZES],
  ['names', NAMES],
])('a bad argument is named, and changes nothing: %s', (_, cases) => {
  it.each(cases)('%s: %s', async (_what, name, args, field) => {
    const text = args instanceof Json ? args.text : JSON.stringify(args);
    const body = `{"method": "tools/call", "params": {"name": "${name}", "arguments": ${text}}}`;
    const { status, json: reply } = await api.post(body);
    expect(status).toBe(200);
    expect(reply.result?.isError).toBe(true);
    const { error } = JSON.parse(reply.result?.content?.[0]?.text ?? '');
    expect(error).toMatchObject({ code: 'INVALID_INPUT', field });
    expect(error.message).toContain(`${field}: `);
    expect(error.message.length).toBeLessThan(300);
    expect(await state.snapshot()).toEqual(before);
  });
});

it.each([
  ['hybrid_sync_wait', { key: 'k', version: 1, waitMs: 0 }],
  ['kv_scan', { cursor: '18446744073709551615' }],
  ['kv_get', { key: 'k'.repeat(64) }],
  ['hybrid_sync_dead_letters', { ids: ['0-1'], cursor: '0-1', minAgeSec: 3_155_760_000, slot: 1023 }],
  ['hybrid_sync_requeue_dead_letters', { perSecond: 0.01, limit: 1000 }],
])('an argument at its bound is taken: %s %j', async (name, args) => {
  await api.call(name, args);
  expect(await state.snapshot()).toEqual(before);
});
