import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const MAX_VALUE_BYTES = 1000;
const RUNS = 100;
const TIMEOUT_MS = 120_000;
const PNG = Buffer.from('89504e470d0a1a0a0000ff', 'hex');

let api: InProcessApi;
let address: string;
beforeAll(async () => {
  api = await startInProcessApi({ MAX_VALUE_BYTES: String(MAX_VALUE_BYTES), SYNC_MODE: 'hybrid' });
  address = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => api.stop());

function put(path: string, type: string | undefined, body: Uint8Array<ArrayBuffer>, more = {}) {
  const headers: Record<string, string> = {
    ...(type === undefined ? {} : { 'content-type': type }),
    ...more,
  };
  return fetch(`${address}/kv/${path}`, { method: 'PUT', headers, body });
}

const get = (path: string, accept?: string, more = {}) =>
  fetch(`${address}/kv/${path}`, { headers: { ...(accept === undefined ? {} : { accept }), ...more } });

async function pairOf(path: string) {
  return (await (await get(path, 'application/json')).json()) as Record<string, unknown>;
}

const types = fc.constantFrom(
  'image/png',
  'text/plain',
  'Text/HTML; charset=utf-8',
  'application/x-thing;v="1;2"',
);

it(
  'bytes of any type come back byte for byte, with their type, and are in the shadow',
  async () => {
    await fc.assert(
      fc.asyncProperty(types, fc.uint8Array({ maxLength: 300 }), async (type, bytes) => {
        const set = await put('any', type, Uint8Array.from(bytes));
        expect(set.status).toBe(200);
        const answer = await get('any');
        expect(answer.headers.get('content-type')).toBe(type);
        expect(answer.headers.get('etag')).toBe(set.headers.get('etag')?.replace(/"$/, '-plain"'));
        expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
        const { version, value, encoding } = await pairOf('any');
        expect(Buffer.from(String(value), encoding === 'base64' ? 'base64' : 'utf8')).toEqual(
          Buffer.from(bytes),
        );
        const [cached, shadow] = [
          await api.pod.stores.cache.get('any'),
          await api.pod.stores.shadows.find('any'),
        ];
        expect(shadow).toMatchObject({ version, lastValue: cached?.value });
      }),
      { numRuns: RUNS },
    );
  },
  TIMEOUT_MS,
);

describe('a value with a type', () => {
  beforeAll(async () => {
    expect((await put('png?ttlSec=600&sessionId=s1', 'image/png', PNG)).status).toBe(200);
  });

  it('is Base64 and its type to who takes JSON', async () => {
    const pair = await pairOf('png');
    expect(pair).toMatchObject({
      value: PNG.toString('base64'),
      encoding: 'base64',
      contentType: 'image/png',
    });
    expect(await api.pod.stores.shadows.find('png')).toMatchObject({ sessionId: 's1' });
    expect(Date.parse(String(pair.expireAt))).toBeGreaterThan(Date.now());
  });

  it.each([
    [undefined, 'image/png'],
    ['*/*', 'image/png'],
    ['image/*', 'image/png'],
    ['application/json;q=0.5, image/png', 'image/png'],
    ['application/octet-stream', 'application/octet-stream'],
  ])('is its bytes to who takes %s', async (accept, type) => {
    const answer = await get('png', accept);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('vary')).toContain('Accept');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(PNG);
  });

  it.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;v=1',
  ])('of %s passes for no pair', async (contentType) => {
    const value = '{"found":true,"key":"forger","value":"forged","version":7}';
    await api.call('kv_set', { key: 'forger', value, contentType });
    for (const accept of [undefined, 'application/json', 'application/json; charset=utf-8', '*/*']) {
      expect(await (await get('forger', accept)).json()).toMatchObject({ value, contentType });
    }
    expect(await (await get('forger', 'application/octet-stream')).text()).toBe(value);
  });

  it('is refused to who takes neither', async () => {
    const answer = await get('png', 'text/html');
    expect([answer.status, await answer.json()]).toEqual([
      406,
      expect.objectContaining({ code: 'NOT_ACCEPTABLE', field: 'Accept' }),
    ]);
  });

  it('runs as no page of this origin', async () => {
    await put('page', 'text/html', Uint8Array.from(Buffer.from('<script>alert(1)</script>')));
    const { headers } = await get('page', 'text/html');
    expect(headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('has its version as tag, and is not sent again to who has it', async () => {
    const tag = String((await get('png')).headers.get('etag'));
    const known = await get('png', undefined, { 'if-none-match': tag });
    expect([known.status, known.headers.get('vary')]).toEqual([304, 'Origin, Accept, Accept-Encoding']);
    expect((await put('png', 'image/png', PNG, { 'if-match': tag })).status).toBe(200);
    const late = await put('png', 'image/png', PNG, { 'if-match': '"1"' });
    expect(late.status).toBe(412);
  });

  it('is told by head as by get, without its bytes', async () => {
    const { headers } = await fetch(`${address}/kv/png`, { method: 'HEAD' });
    expect([headers.get('content-type'), headers.get('content-length')]).toEqual([
      'image/png',
      String(PNG.length),
    ]);
  });
});

describe('a value without a type', () => {
  beforeAll(async () => {
    await put('text', 'application/json', Uint8Array.from(Buffer.from('{"value":"grüß"}')));
  });

  it('is JSON to who takes anything', async () => {
    expect(await (await get('text')).json()).toMatchObject({ value: 'grüß' });
  });

  it('is text to who takes that', async () => {
    const answer = await get('text', 'text/plain');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toBe('grüß');
  });
});

describe('over tools', () => {
  it('bytes go in and out as Base64 with their type', async () => {
    const typed = { value: PNG.toString('base64'), encoding: 'base64', contentType: 'image/png' } as const;
    await api.call('kv_set', { key: 'tool', ...typed });
    await api.call('kv_batch', { operations: [{ op: 'set', key: 'batched', ...typed }] });
    expect(await api.call('kv_get', { key: 'tool' })).toMatchObject(typed);
    expect(await api.call('kv_mget', { keys: ['batched'] })).toMatchObject({ pairs: [typed] });
    expect(Buffer.from(await (await get('batched')).arrayBuffer())).toEqual(PNG);
  });

  it('a plain string that looks like a value with a type is imported as the text that it is', async () => {
    const redis = api.pod.stores.redis.at('any');
    const name = `${api.space.env.HYBRID_SYNC_NAMESPACE}-plain`;
    const value = '\0data:text/html,<p>';
    await redis.set(name, value);
    await api.call('import_plain_keys', { match: name, apply: true });
    await redis.del(name);
    expect(await api.call('kv_get', { key: name })).toEqual({
      found: true,
      key: name,
      value,
      version: expect.any(Number),
    });
  });
});

describe('is refused', () => {
  it.each([
    ['a form', 'application/x-www-form-urlencoded', 415, 'Content-Type'],
    ['no type', undefined, 415, 'Content-Type'],
    ['what is no type', 'png', 415, 'Content-Type'],
    ['a type with a comma', 'a/b;c="1,2"', 400, 'contentType'],
    ['a type that is too long', `a/${'b'.repeat(200)}`, 400, 'contentType'],
  ])('%s', async (_, type, status, field) => {
    const answer = await put('refused', type, PNG);
    expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ field })]);
    expect((await get('refused')).status).toBe(404);
  });

  it('what is too large as it is kept, of both kinds', async () => {
    for (const bytes of [
      new Uint8Array(MAX_VALUE_BYTES).fill(255),
      new Uint8Array(MAX_VALUE_BYTES).fill(65),
    ]) {
      const answer = await put('refused', 'a/b', bytes);
      expect([answer.status, await answer.json()]).toEqual([
        400,
        expect.objectContaining({ field: 'value' }),
      ]);
    }
  });

  it('a value in the query, or an argument that there is not', async () => {
    for (const name of ['value', 'encoding', 'contentType', 'ifVersion', 'nothing']) {
      const answer = await put(`refused?${name}=1`, 'a/b', PNG);
      expect(await answer.json(), name).toMatchObject({ status: 400, field: name });
    }
  });
});
