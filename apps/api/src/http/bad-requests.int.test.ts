import { createToken } from '@hybrid-sync/access-tokens';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { type RawRequest, rawRequest } from '../testing/raw-request.js';
import { scanKeys } from '../testing/scan-keys.js';
import { type Snapshot, StoredState } from '../testing/stored-state.js';

const TOKENS = {
  reader: createToken({ name: 'reader', role: 'read' }),
  writer: createToken({ name: 'writer', role: 'write' }),
  expired: createToken({ name: 'late', role: 'admin', expiresAt: Date.UTC(2020, 0, 1) }),
};
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const WRITER = bearer(TOKENS.writer.token);
/** What was stored before; no answer may quote it. */
const STORED = 'the value that is there';
/** What is sent; no answer may quote it. */
const SENT = 'the-value-that-is-sent';

let api: InProcessApi;
let state: StoredState;
let port: number;
let before: Snapshot;
beforeAll(async () => {
  api = await startInProcessApi({
    MAX_KEY_BYTES: '64',
    MAX_VALUE_BYTES: '1000',
    REQUEST_TIMEOUT_MS: '500',
    API_TOKENS: Object.values(TOKENS)
      .map(({ entry }) => entry)
      .join(),
  });
  state = new StoredState(api.space);
  port = Number(new URL(await api.app.listen({ host: '127.0.0.1', port: 0 })).port);
  await api.pod.running.sync.set({ key: 'k', value: STORED });
  await vi.waitFor(async () => expect(await api.pod.stores.journal.totalLength()).toBe(0), 10_000);
  before = await state.snapshot();
});
afterAll(async () => {
  await state.close();
  await api.stop();
});

const put = (body: unknown, path = '/kv/k'): RawRequest => ({
  method: 'PUT',
  path,
  headers: WRITER,
  body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
});
const get = (path: string | Buffer): RawRequest => ({ path, headers: WRITER });
const post = (path: string, body: unknown): RawRequest => ({ ...put(body, path), method: 'POST' });
const condition = (name: string, value: string): RawRequest => ({
  ...put({ value: SENT }),
  headers: { ...WRITER, [name]: value },
});
const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const GOOD = { value: SENT };

type Row = [what: string, request: RawRequest, status: number, field: string | undefined];

/** A pair's value, time to live and condition. */
const VALUES: Row[] = [
  ['no value', put({}), 400, 'value'],
  ['a null value', put({ value: null }), 400, 'value'],
  ['a number as value', put({ value: 7 }), 400, 'value'],
  ['a list as value', put({ value: [SENT] }), 400, 'value'],
  ['half a character in a value', put('{"value":"\\ud83d"}'), 400, 'value'],
  ['a value over the limit', put({ value: 'v'.repeat(1001) }), 400, 'value'],
  ['a negative ttl', put({ ...GOOD, ttlSec: -1 }), 400, 'ttlSec'],
  ['a fractional ttl', put({ ...GOOD, ttlSec: 0.5 }), 400, 'ttlSec'],
  ['a ttl as text', put({ ...GOOD, ttlSec: '60' }), 400, 'ttlSec'],
  ['a ttl that overflows', put(`{"value":"${SENT}","ttlSec":1e999}`), 400, 'ttlSec'],
  ['a ttl beyond any date', put({ ...GOOD, ttlSec: 1e15 }), 400, 'ttlSec'],
  ['an empty session id', put({ ...GOOD, sessionId: '' }), 400, 'sessionId'],
  ['an unknown field', put({ ...GOOD, ttl: 60 }), 400, 'ttl'],
  ['another key in the body', put({ ...GOOD, key: 'other' }), 400, 'key'],
  ['a condition in the body', put({ ...GOOD, ifVersion: 1 }), 400, 'ifVersion'],
  ['a version without quotation marks', condition('If-Match', '1795438874869653'), 400, 'If-Match'],
  ['an empty condition', condition('If-None-Match', ''), 400, 'If-None-Match'],
  [
    'two conditions',
    { ...put(GOOD), headers: { ...WRITER, 'If-Match': '*', 'If-None-Match': '*' } },
    400,
    'If-None-Match',
  ],
  ['a version that is not there', condition('If-Match', '"1"'), 412, 'If-Match'],
  ['a weak version', condition('If-Match', 'W/"1"'), 412, 'If-Match'],
  ['absence of a key that is there', condition('If-None-Match', '*'), 412, 'If-None-Match'],
  [
    'a version of a key that is not there',
    { ...condition('If-Match', '*'), path: '/kv/absent' },
    412,
    'If-Match',
  ],
  [
    'a delete of a version that is not there',
    { method: 'DELETE', path: '/kv/k', headers: { ...WRITER, 'If-Match': '"1"' } },
    412,
    'If-Match',
  ],
  [
    'a condition in the query',
    { method: 'DELETE', path: '/kv/k?ifVersion=1', headers: WRITER },
    400,
    'ifVersion',
  ],
  [
    'a delete with a body, where a condition may be meant',
    { method: 'DELETE', path: '/kv/k', headers: WRITER, body: '{"ifVersion":1}' },
    400,
    'body',
  ],
];

/** A body as a whole. */
const BODIES: Row[] = [
  ['no JSON', put(SENT), 400, 'body'],
  ['JSON that is cut off', put(`{"value":"${SENT}`), 400, 'body'],
  ['NaN', put('{"value":"v","ttlSec":NaN}'), 400, 'body'],
  ['a raw control character', put('{"value":"a\u0007"}'), 400, 'body'],
  ['bytes that are no UTF-8', put(Buffer.from('{"value":"\xff"}', 'latin1')), 400, 'body'],
  ['UTF-8 of half a character', put(Buffer.from('{"value":"\xed\xa0\xbd"}', 'latin1')), 400, 'body'],
  ['UTF-16', put(Buffer.from(JSON.stringify(GOOD), 'utf16le')), 400, 'body'],
  ['a list', put([SENT]), 400, 'body'],
  ['null', put('null'), 400, 'body'],
  ['text', put(JSON.stringify(SENT)), 400, 'body'],
  ['an empty body', put(''), 400, 'body'],
  ['a prototype', put(`{"value":"${SENT}","__proto__":{"ttlSec":1}}`), 400, 'body'],
  ['a prototype by way of constructor', put('{"constructor":{"prototype":{"value":"v"}}}'), 400, 'body'],
  ['a property that every object has', put({ ...GOOD, toString: 1 }), 400, 'toString'],
  ['deep JSON', put(`{"value":${deep(2000)}}`), 400, 'value'],
  ['deep JSON in an unknown field', put(`{"value":"v","x":${deep(2000)}}`), 400, 'x'],
  ['huge JSON', put(`{"value":"${'v'.repeat(100_000)}"}`), 413, 'body'],
  [
    'another type',
    { ...put(GOOD), headers: { ...WRITER, 'Content-Type': 'application/x-www-form-urlencoded' } },
    415,
    'Content-Type',
  ],
  ['no type', { ...put(GOOD), headers: { ...WRITER, 'Content-Type': '' } }, 415, 'Content-Type'],
  [
    'a body that does not arrive',
    { ...put('{"value":'), headers: { ...WRITER, 'Content-Length': '50' } },
    408,
    undefined,
  ],
];

/** Keys and paths. */
const PATHS: Row[] = [
  ['no key', put(GOOD, '/kv/'), 400, 'key'],
  ['a key over the limit', put(GOOD, `/kv/${'k'.repeat(65)}`), 400, 'key'],
  [
    'a key over the limit in bytes',
    put(GOOD, `/kv/${encodeURIComponent('\u{1F511}'.repeat(17))}`),
    400,
    'key',
  ],
  ['a key that is not UTF-8', put(GOOD, '/kv/%ff%fe'), 400, 'path'],
  ['half a percent-encoding', put(GOOD, '/kv/100%'), 400, 'path'],
  ['half a character in a key', put(GOOD, '/kv/%ed%a0%bd'), 400, 'path'],
  ['a parent', put(GOOD, '/kv/../k'), 400, 'key'],
  ['a parent, encoded', put(GOOD, '/kv/%2e%2e/k'), 400, 'key'],
  ['a parent, half encoded', put(GOOD, '/kv/.%2E/k'), 400, 'key'],
  ['a parent inside a key', put(GOOD, '/kv/a/../../metrics'), 400, 'key'],
  ['this place', put(GOOD, '/kv/./k'), 400, 'key'],
  ['two slashes', put(GOOD, '/kv//k'), 400, 'key'],
  ['a slash at the end', put(GOOD, '/kv/k/'), 400, 'key'],
  ['a backslash', put(GOOD, '/kv/..\\k'), 400, 'key'],
  ['UTF-8 that is not encoded', { ...put(GOOD), path: Buffer.from('/kv/ключ') }, 400, undefined],
  ['a fragment', put(GOOD, '/kv/k#part'), 400, 'key'],
  ['a query where none belongs', put(GOOD, '/kv/k?ttlSec=5'), 400, 'ttlSec'],
  ['a path outside', put(GOOD, '/../kv/k'), 404, 'path'],
  ['a path in capitals', put(GOOD, '/KV/k'), 404, 'path'],
  ['a method that no route has', { ...put(GOOD), method: 'TRACE' }, 405, 'method'],
  [
    'a method that this route lacks',
    { method: 'DELETE', path: '/sync/stats', headers: WRITER },
    405,
    'method',
  ],
  ['headers that are too long', get(`/kv?prefix=${'p'.repeat(20_000)}`), 431, undefined],
];

/** Arguments of a query, and of the other routes. */
const ARGUMENTS: Row[] = [
  ['a limit of nothing', get('/kv?limit=0'), 400, 'limit'],
  ['a limit in words', get('/kv?limit=many'), 400, 'limit'],
  ['a limit of NaN', get('/kv?limit=NaN'), 400, 'limit'],
  ['a limit that overflows', get('/kv?limit=9007199254740993'), 400, 'limit'],
  ['a limit that its exponent makes a fraction', get('/kv?limit=5e-1'), 400, 'limit'],
  ['a hexadecimal limit', get('/kv?limit=0x10'), 400, 'limit'],
  ['an empty limit', get('/kv?limit='), 400, 'limit'],
  ['two limits', get('/kv?limit=1&limit=2'), 400, 'limit'],
  ['a made-up cursor', get('/kv?cursor=-1'), 400, 'cursor'],
  ['a prefix over the limit', get(`/kv?prefix=${'p'.repeat(65)}`), 400, 'prefix'],
  ['a prefix that is not UTF-8', get('/kv?prefix=%ff'), 400, 'query'],
  ['a prefix that is not encoded', get(Buffer.from('/kv?prefix=ключ')), 400, undefined],
  ['an unknown parameter', get('/kv?sort=asc'), 400, 'sort'],
  ['a parameter named like a prototype', get('/kv?__proto__=1'), 400, '__proto__'],
  ['a parameter named like a constructor', get('/kv?constructor=1'), 400, 'constructor'],
  ['no keys', post('/kv/mget', { keys: [] }), 400, 'keys'],
  ['a key among keys that is no text', post('/kv/mget', { keys: ['a', 7] }), 400, 'keys.1'],
  ['too many keys', post('/kv/mget', { keys: Array.from({ length: 101 }, String) }), 400, 'keys'],
  ['keys by another name', post('/kv/mget', { key: 'a' }), 400, 'key'],
  ['a version that is none', get('/sync/keys/k?version=none'), 400, 'version'],
  ['no version', get('/sync/keys/k'), 400, 'version'],
  ['a wait without an end', get('/sync/keys/k?version=1&waitMs=1e9'), 400, 'waitMs'],
  ['no key to sync', post('/sync/manual', { value: SENT }), 400, 'key'],
  ['an argument where none belongs', get('/sync/stats?verbose=1'), 400, 'verbose'],
];

/** Who calls, and from where. */
const CALLERS: Row[] = [
  ['no token', { ...put(GOOD), headers: {} }, 401, 'Authorization'],
  ['another scheme', { ...put(GOOD), headers: { Authorization: 'Basic dTpw' } }, 401, 'Authorization'],
  ['a malformed token', { ...put(GOOD), headers: bearer('a b') }, 401, 'Authorization'],
  ['a control character in a token', { ...put(GOOD), headers: bearer('a\u0007b') }, 400, undefined],
  ['an unknown token', { ...put(GOOD), headers: bearer('hs_guess') }, 401, 'Authorization'],
  ['an expired token', { ...put(GOOD), headers: bearer(TOKENS.expired.token) }, 401, 'Authorization'],
  [
    'a token in the query',
    { ...put(GOOD, `/kv/k?access_token=${TOKENS.writer.token}`), headers: {} },
    401,
    'Authorization',
  ],
  ['a set by a reader', { ...put(GOOD), headers: bearer(TOKENS.reader.token) }, 403, 'Authorization'],
  [
    'a delete by a reader',
    { method: 'DELETE', path: '/kv/k', headers: bearer(TOKENS.reader.token) },
    403,
    'Authorization',
  ],
  ['a discard by a writer', post('/sync/dead-letters/discard', {}), 403, 'Authorization'],
  ['a foreign page', { ...put(GOOD), headers: { ...WRITER, Origin: 'https://evil.example' } }, 403, 'Origin'],
  ['a page without an origin', { ...put(GOOD), headers: { ...WRITER, Origin: 'null' } }, 403, 'Origin'],
  ['a foreign name', { ...put(GOOD), headers: { ...WRITER, Host: 'evil.example' } }, 403, 'Host'],
  ['an empty name', { ...put(GOOD), headers: { ...WRITER, Host: '' } }, 403, 'Host'],
  ['a target with a name of its own', put(GOOD, 'http://evil.example/kv/k'), 400, 'path'],
];

describe.each([
  ['values', VALUES],
  ['bodies', BODIES],
  ['paths', PATHS],
  ['arguments', ARGUMENTS],
  ['callers', CALLERS],
])('bad %s are refused by name, and change nothing', (_, rows) => {
  it.each(rows)('%s', async (_, request, status, field) => {
    const answer = await rawRequest(port, request);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    const problem = JSON.parse(answer.body);
    expect(problem).toMatchObject({ status, type: `urn:hybrid-sync:error:${problem.code}` });
    expect(problem.field).toBe(field);
    if (field !== undefined) expect(problem.detail).toContain(`${field}: `);
    for (const secret of [STORED, SENT, TOKENS.writer.token]) expect(answer.body).not.toContain(secret);
    expect(await state.snapshot()).toEqual(before);
  });
});

it('glob characters in a prefix stand for themselves', async () => {
  const keysOf = (prefix: string) =>
    scanKeys(async (cursor) => {
      const query = new URLSearchParams({ limit: '1000', prefix, cursor });
      return JSON.parse((await rawRequest(port, get(`/kv?${query}`))).body);
    });
  for (const prefix of ['*', '?', '[k]', 'k*', '\\k', '^']) expect(await keysOf(prefix)).toEqual([]);
  expect(await keysOf('k')).toEqual(['k']);
});
