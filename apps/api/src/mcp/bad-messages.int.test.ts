import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type InProcessApi, type JsonRpcReply, startInProcessApi } from '../testing/in-process-api.js';
import { type Snapshot, StoredState } from '../testing/stored-state.js';

let api: InProcessApi;
let address: string;
let state: StoredState;
/** What is stored before any message: a pair and its shadow, so that there is something to change. */
let before: Snapshot;
beforeAll(async () => {
  api = await startInProcessApi({ MAX_KEY_BYTES: '64', MAX_VALUE_BYTES: '1000' });
  address = await api.app.listen({ host: '127.0.0.1', port: 0 });
  state = new StoredState(api.space);
  await api.call('kv_set', { key: 'k', value: 'before' });
  await vi.waitFor(async () => expect(await api.pod.stores.journal.totalLength()).toBe(0), 10_000);
  before = await state.snapshot();
});
afterAll(async () => {
  await state.close();
  await api.stop();
});

type Body = string | Uint8Array<ArrayBuffer>;

async function send(path: string, body: Body, headers: Record<string, string> = {}) {
  const response = await fetch(address + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body,
  });
  const text = await response.text();
  const reply = (text === '' ? {} : JSON.parse(text)) as JsonRpcReply;
  return { status: response.status, headers: response.headers, text, reply };
}

const SET = '"jsonrpc": "2.0", "id": 1, "method": "tools/call"';
/** A call of kv_set whose arguments end with `rest`. */
const set = (rest: string) =>
  `{${SET}, "params": {"name": "kv_set", "arguments": {"key": "k", "value": "v"${rest}}}}`;
const call = (params: string) => `{${SET}, "params": ${params}}`;
const bytes = (...parts: (string | number)[]) =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part)))),
  );
/** A call of kv_set whose value has these bytes in the middle. */
const setBytes = (...value: number[]) =>
  bytes(`{${SET}, "params": {"name": "kv_set", "arguments": {"key": "k", "value": "v`, ...value, '"}}}');
const manyKeys = (count: number) => {
  const keys = Array.from({ length: count }, (_, index) => `"${index.toString(36)}":1`);
  return `{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {${keys}}}`;
};
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

type Case = [what: string, body: Body, status: number, code: number, field: string];

const UNREADABLE: Case[] = [
  ['broken JSON', '{"method": "tools/call"', 400, -32700, 'body'],
  ['nothing', '', 400, -32700, 'body'],
  ['NaN as a number', set(', "ttlSec": NaN'), 400, -32700, 'body'],
  ['Infinity as a number', set(', "ttlSec": Infinity'), 400, -32700, 'body'],
  ['a number in hexadecimal', set(', "ttlSec": 0x10'), 400, -32700, 'body'],
  ['a raw line break in a value', set(', "sessionId": "a\nb"'), 400, -32700, 'body'],
  ['a raw control character in a value', set(', "sessionId": "a\u0000b"'), 400, -32700, 'body'],
  ['an escape that JSON lacks', set(', "sessionId": "\\x41"'), 400, -32700, 'body'],
  ['a comma too many', set(', "ttlSec": 5,'), 400, -32700, 'body'],
  ['a comment', set('/* v */'), 400, -32700, 'body'],
  ['two messages in a row', `${set('')}${set('')}`, 400, -32700, 'body'],
  ['a byte that UTF-8 lacks', setBytes(0xff), 400, -32700, 'body'],
  ['a cut character', setBytes(0xf0, 0x9f, 0x94), 400, -32700, 'body'],
  ['an overlong slash', setBytes(0xc0, 0xaf), 400, -32700, 'body'],
  ['half of a pair in bytes', setBytes(0xed, 0xa0, 0x80), 400, -32700, 'body'],
  ['a character beyond Unicode', setBytes(0xf4, 0x90, 0x80, 0x80), 400, -32700, 'body'],
  ['the prototype as an argument', set(', "__proto__": {"ttlSec": 5}'), 400, -32700, 'body'],
  ['the prototype, escaped', set(', "\\u005f_proto__": {"ttlSec": 5}'), 400, -32700, 'body'],
  ['the prototype of the constructor', set(', "constructor": {"prototype": {}}'), 400, -32700, 'body'],
  ['the prototype of the message', `{"__proto__": {}, ${SET}}`, 400, -32700, 'body'],
  ['a body over the limit', `{"method": "${'x'.repeat(200_000)}"}`, 413, -32600, 'body'],
];

const NO_MESSAGE: Case[] = [
  ['null', 'null', 400, -32600, 'body'],
  ['text', '"ping"', 400, -32600, 'body'],
  ['a number', '7', 400, -32600, 'body'],
  ['a batch', `[${set('')}, ${set('')}]`, 400, -32600, 'body'],
  ['an empty batch', '[]', 400, -32600, 'body'],
  ['a deep list', nested(30_000), 400, -32600, 'body'],
  ['more keys than anyone needs', manyKeys(8500), 400, -32600, 'body'],
  ['a long id', `{"jsonrpc": "2.0", "id": "${'x'.repeat(300)}", "method": "ping"}`, 400, -32600, 'id'],
  ['no method', '{"jsonrpc": "2.0", "id": 1, "params": {}}', 400, -32600, 'method'],
  ['a method that is not text', '{"jsonrpc": "2.0", "id": 1, "method": 7}', 400, -32600, 'method'],
  ['an empty method', '{"jsonrpc": "2.0", "id": 1, "method": ""}', 400, -32600, 'method'],
  ['another JSON-RPC', '{"jsonrpc": "1.0", "id": 1, "method": "ping"}', 400, -32600, 'jsonrpc'],
  ['a version as number', '{"jsonrpc": 2.0, "id": 1, "method": "ping"}', 400, -32600, 'jsonrpc'],
  ['params that are a list', call('["kv_get"]'), 400, -32600, 'params'],
  ['params that are text', call('"kv_get"'), 400, -32600, 'params'],
  ['params that are null', call('null'), 400, -32600, 'params'],
  ['meta that is a number', call('{"name": "kv_get", "_meta": 5}'), 400, -32600, 'params._meta'],
  ['meta that is null', call('{"name": "kv_get", "_meta": null}'), 400, -32600, 'params._meta'],
  [
    'an object as progress token',
    call('{"name": "kv_get", "_meta": {"progressToken": {}}}'),
    400,
    -32600,
    'params._meta.progressToken',
  ],
  [
    'half a number as progress token',
    call('{"name": "kv_get", "_meta": {"progressToken": 1.5}}'),
    400,
    -32600,
    'params._meta.progressToken',
  ],
  [
    'a related task without an id',
    call('{"name": "kv_get", "_meta": {"io.modelcontextprotocol/related-task": {}}}'),
    400,
    -32600,
    'params._meta.io.modelcontextprotocol/related-task.taskId',
  ],
  ['an object as id', '{"jsonrpc": "2.0", "id": {}, "method": "ping"}', 400, -32600, 'id'],
  ['half a number as id', '{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}', 400, -32600, 'id'],
  ['an id of 2^53', '{"jsonrpc": "2.0", "id": 9007199254740992, "method": "ping"}', 400, -32600, 'id'],
  ['an id that overflows', '{"jsonrpc": "2.0", "id": 1e400, "method": "ping"}', 400, -32600, 'id'],
  ['a part too many', '{"jsonrpc": "2.0", "id": 1, "method": "ping", "param": {}}', 400, -32600, 'param'],
];

const WRONG_REQUEST: Case[] = [
  ['a greeting without params', '{"jsonrpc": "2.0", "id": 1, "method": "initialize"}', 200, -32602, 'params'],
  [
    'a greeting without a client',
    '{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}}}',
    200,
    -32602,
    'clientInfo',
  ],
  [
    'a number as place in a list',
    '{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"cursor": 7}}',
    200,
    -32602,
    'cursor',
  ],
  ['no params', '{"jsonrpc": "2.0", "id": 1, "method": "tools/call"}', 200, -32602, 'params'],
  ['no tool', call('{}'), 200, -32602, 'name'],
  ['a number as tool', call('{"name": 7}'), 200, -32602, 'name'],
  ['a list as arguments', call('{"name": "kv_del", "arguments": ["k"]}'), 200, -32602, 'arguments'],
  ['text as arguments', call('{"name": "kv_del", "arguments": "k"}'), 200, -32602, 'arguments'],
  ['null as arguments', call('{"name": "kv_del", "arguments": null}'), 200, -32602, 'arguments'],
  ['an unknown tool', call('{"name": "kv_drop"}'), 200, -32602, 'name'],
  ['a tool in capitals', call('{"name": "KV_DEL", "arguments": {"key": "k"}}'), 200, -32602, 'name'],
  ['a path as tool', call('{"name": "../kv_del", "arguments": {"key": "k"}}'), 200, -32602, 'name'],
  ['a tool with a NUL', call('{"name": "kv_del\\u0000", "arguments": {"key": "k"}}'), 200, -32602, 'name'],
  ['the prototype as tool', call('{"name": "__proto__"}'), 200, -32602, 'name'],
  ['a property of every object as tool', call('{"name": "constructor"}'), 200, -32602, 'name'],
  [
    'a resource as number',
    '{"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": 7}}',
    200,
    -32602,
    'uri',
  ],
  [
    'a path as resource',
    '{"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "hybrid-sync://settings/../stats"}}',
    200,
    -32602,
    'uri',
  ],
];

describe.each(['/mcp/message', '/mcp'])(
  '%s names what is wrong with a message, which changes nothing',
  (path) => {
    describe.each([
      ['the body can not be read', UNREADABLE],
      ['the body is no message', NO_MESSAGE],
      ['the message asks for something wrong', WRONG_REQUEST],
    ])('%s', (_, cases) => {
      it.each(cases)('%s', async (_what, body, status, code, field) => {
        const { reply, ...answer } = await send(path, body);
        expect([answer.status, reply.error?.code, reply.error?.data?.field]).toEqual([status, code, field]);
        expect(reply.error?.message).toContain(`${field}: `);
        expect(reply.jsonrpc).toBe('2.0');
        expect(reply.id).toBe(status === 200 || reply.id === 1 ? 1 : null);
        expect(answer.text.length).toBeLessThan(400);
        expect(await state.snapshot()).toEqual(before);
      });
    });

    it.each(['tools/destroy', '__proto__', 'constructor', 'rpc.discover', '../tools/list'])(
      'knows no method %s',
      async (method) => {
        const { status, reply } = await send(path, JSON.stringify({ jsonrpc: '2.0', id: 1, method }));
        expect([status, reply.error?.code]).toEqual([200, -32601]);
      },
    );

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
      'takes no %s, as a form elsewhere could send it',
      async (type) => {
        const { status, reply } = await send(path, set(''), { 'content-type': type });
        expect([status, reply.error?.data?.field]).toEqual([415, 'Content-Type']);
        expect(await state.snapshot()).toEqual(before);
      },
    );

    it('serves the next request as ever', async () => {
      const { reply } = await send(path, call('{"name": "kv_get", "arguments": {"key": "k"}}'));
      expect(reply.result?.structuredContent).toMatchObject({ found: true, value: 'before' });
      expect(Object.hasOwn(Object.prototype, 'ttlSec')).toBe(false);
    });
  },
);

it('/mcp/message can do without version and id, and takes null for an id', async () => {
  expect((await send('/mcp/message', '{"method": "ping", "id": null}')).reply).toEqual({
    jsonrpc: '2.0',
    id: null,
    result: {},
  });
});

it('/mcp takes a notification and a response without an answer', async () => {
  for (const body of [
    '{"jsonrpc": "2.0", "method": "notifications/initialized"}',
    '{"jsonrpc": "2.0", "id": 1, "result": {}}',
  ]) {
    expect(await send('/mcp', body)).toMatchObject({ status: 202, text: '' });
  }
});

it.each([
  ['application/json'],
  ['application/json;q=0.9, text/event-stream'],
  ['text/event-stream,application/json'],
  ['application/*'],
  ['*/*'],
])('/mcp serves who accepts %s', async (accept) => {
  const { status, reply } = await send('/mcp', '{"jsonrpc": "2.0", "id": 1, "method": "ping"}', { accept });
  expect([status, reply.result]).toEqual([200, {}]);
});

it.each(['/mcp/message', '/mcp'])('%s reads a body that is packed, and bounds what it was', async (path) => {
  const post = (message: string, encoding: string) =>
    send(path, new Uint8Array(gzipSync(message)), { 'content-encoding': encoding });
  const ping = '{"jsonrpc": "2.0", "id": 1, "method": "ping"}';
  expect(await post(ping, 'gzip')).toMatchObject({ status: 200, reply: { result: {} } });
  for (const spaces of [70_000, 10_000_000]) {
    const { status, reply } = await post(ping.replace('{', `{${' '.repeat(spaces)}`), 'gzip');
    expect([status, reply.error?.code]).toEqual([413, -32600]);
  }
  const unknown = await post(ping, 'compress');
  expect([unknown.status, unknown.reply.error?.data?.field]).toEqual([415, 'Content-Encoding']);
  expect(unknown.headers.get('accept-encoding')).toBe('gzip, deflate, br');
});

it('/mcp asks for the Accept header of Streamable HTTP, and for a revision that it speaks', async () => {
  expect(await send('/mcp', set(''), { accept: 'text/event-stream' })).toMatchObject({ status: 406 });
  expect(await send('/mcp', set(''), { accept: 'text/html' })).toMatchObject({ status: 406 });
  expect(await send('/mcp', set(''), { 'mcp-protocol-version': '1999-01-01' })).toMatchObject({
    status: 400,
  });
  expect(await state.snapshot()).toEqual(before);
});

it.each(['/mcp/message', '/mcp'])('%s takes a large body only where a value travels', async (path) => {
  // Beyond what a message needs, and within what a value of control characters may have.
  const filler = ' '.repeat(66_000);
  const large = (message: string) => send(path, message.replace('{', `{${filler}`));
  expect((await large(set(''))).reply.result?.structuredContent).toMatchObject({ success: true });
  const get = call('{"name": "kv_get", "arguments": {"key": "k"}}');
  for (const message of ['{"jsonrpc": "2.0", "id": 1, "method": "ping"}', get]) {
    expect(await large(message)).toMatchObject({ status: 413, reply: { id: 1, error: { code: -32600 } } });
  }
});
