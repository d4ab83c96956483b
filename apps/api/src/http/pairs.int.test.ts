import { gunzipSync } from 'node:zlib';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { send, type TestRequest } from '../testing/http-request.js';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { scanKeys } from '../testing/scan-keys.js';

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.stop());

const request = (method: TestRequest['method'], url: string, more: Partial<TestRequest> = {}) =>
  send(api.app, { ...(method === undefined ? {} : { method }), url, ...more });
const put = (url: string, value: string, headers: Record<string, string> = {}) =>
  request('PUT', url, { body: { value }, headers });

describe('a pair', () => {
  it.each([
    'plain',
    'with/slash and space',
    'ключ/\u{1F511}',
    '%25',
    '.env',
    'a?b#c',
    'a/../b',
    '\u0000',
    '\\',
    '*',
  ])('goes the whole way under any key: %j', async (key) => {
    const url = `/kv/${encodeURIComponent(key)}`;
    const set = await put(url, `value of ${key}`);
    expect(set).toMatchObject({ status: 200, body: { success: true, key, method: 'ASYNC_THREAD' } });
    expect(await request('GET', url)).toMatchObject({
      status: 200,
      body: { value: `value of ${key}`, version: set.body.version },
    });
    const shadow = await api.pod.stores.shadows.find(key);
    expect(shadow).toMatchObject({ lastValue: `value of ${key}`, version: set.body.version });
    expect(await request('DELETE', url)).toMatchObject({ status: 200, body: { existed: true } });
    expect(await request('GET', url)).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND', field: 'key' },
    });
  });

  it('may have slashes in its path that are not encoded', async () => {
    await put('/kv/a/b', 'v');
    expect((await request('GET', '/kv/a%2Fb')).body).toMatchObject({ key: 'a/b', value: 'v' });
  });

  it('is found by prefix, and with others by their keys', async () => {
    await put('/kv/http:1', 'one');
    await put('/kv/http:2', 'two');
    const keys = await scanKeys(
      async (cursor) => (await request('GET', `/kv?prefix=http:&limit=1000&cursor=${cursor}`)).body,
    );
    expect(keys.sort()).toEqual(['http:1', 'http:2']);
    const found = await request('POST', '/kv/mget', { body: { keys: ['http:2', 'none'] } });
    expect(found.body.pairs).toMatchObject([{ value: 'two' }, { found: false }]);
  });

  it('remembers who wrote, whether set or deleted', async () => {
    await request('PUT', '/kv/whose', { body: { value: 'v', sessionId: 's1' } });
    expect(await api.pod.stores.shadows.find('whose')).toMatchObject({ sessionId: 's1' });
    await request('DELETE', '/kv/whose?sessionId=s+2&interactionId=i%2F2');
    expect(await api.pod.stores.shadows.find('whose')).toMatchObject({
      deleted: true,
      sessionId: 's 2',
      interactionId: 'i/2',
    });
  });
});

describe("a pair's version is its entity tag", () => {
  const KEY = '/kv/tagged';

  it('which a set and a get tell, and a head as well', async () => {
    const set = await put(KEY, 'v');
    const tag = `"${set.body.version}"`;
    expect(set.headers.etag).toBe(tag);
    expect((await request('GET', KEY)).headers.etag).toBe(tag);
    expect(await request('HEAD', KEY)).toMatchObject({ status: 200, headers: { etag: tag }, body: '' });
  });

  it('with which a get that would bring nothing new is answered without the value', async () => {
    const { headers } = await put(KEY, 'v');
    const tag = String(headers.etag);
    for (const known of [tag, `"1", ${tag}`, `W/${tag}`, '*']) {
      const answer = await request('GET', KEY, { headers: { 'if-none-match': known } });
      expect(answer).toMatchObject({ status: 304, headers: { etag: tag }, body: '' });
    }
    expect(await request('GET', KEY, { headers: { 'if-none-match': '"1"' } })).toMatchObject({ status: 200 });
  });

  it('with which a get can ask for one version only', async () => {
    const tag = String((await put(KEY, 'v')).headers.etag);
    expect(await request('GET', KEY, { headers: { 'if-match': tag } })).toMatchObject({ status: 200 });
    expect(await request('GET', KEY, { headers: { 'if-match': '"1"' } })).toMatchObject({
      status: 412,
      body: { code: 'PRECONDITION_FAILED', field: 'If-Match' },
    });
  });

  it('with which a set or delete is for that version only', async () => {
    const first = String((await put(KEY, 'first')).headers.etag);
    const second = await put(KEY, 'second', { 'if-match': `"7", ${first}` });
    expect(second.status).toBe(200);
    const refused = await put(KEY, 'third', { 'if-match': first });
    expect(refused).toMatchObject({ status: 412, body: { version: second.body.version } });
    expect((await request('DELETE', KEY, { headers: { 'if-match': first } })).status).toBe(412);
    expect((await request('GET', KEY)).body).toMatchObject({ value: 'second' });
    const deleted = await request('DELETE', KEY, { headers: { 'if-match': String(second.headers.etag) } });
    expect(deleted).toMatchObject({ status: 200, body: { existed: true } });
    expect(await put(KEY, 'fourth', { 'if-match': '*' })).toMatchObject({
      status: 412,
      body: { version: null },
    });
  });

  it('and of a value that came packed, which it says, works like that of the plain one', async () => {
    const { body } = await put(KEY, 'v'.repeat(10_000));
    const got = await api.app.inject({ url: KEY, headers: { host: 'localhost', 'accept-encoding': 'gzip' } });
    const tag = String(got.headers.etag);
    expect([got.headers['content-encoding'], tag]).toEqual(['gzip', `"${body.version}-gzip"`]);
    expect(JSON.parse(gunzipSync(got.rawPayload).toString())).toMatchObject({ value: 'v'.repeat(10_000) });
    expect(await request('GET', KEY, { headers: { 'if-none-match': `"1", ${tag}` } })).toMatchObject({
      status: 304,
      headers: { etag: tag },
    });
    expect((await request('GET', KEY, { headers: { 'if-match': tag } })).status).toBe(200);
    expect((await put(KEY, 'next', { 'if-match': tag })).status).toBe(200);
    expect((await put(KEY, 'late', { 'if-match': tag })).status).toBe(412);
  });

  it('with which a set is for an absent key only, or for any version but one', async () => {
    await request('DELETE', KEY);
    const created = await put(KEY, 'first', { 'if-none-match': '*' });
    expect(created.status).toBe(200);
    expect((await put(KEY, 'again', { 'if-none-match': '*' })).status).toBe(412);
    expect((await put(KEY, 'again', { 'if-none-match': String(created.headers.etag) })).status).toBe(412);
    expect((await put(KEY, 'other', { 'if-none-match': '"1"' })).status).toBe(200);
  });

  it('and lets many clients that increment at the same time count exactly', async () => {
    const [clients, each] = [8, 5];
    let refused = 0;
    const increment = async (): Promise<void> => {
      const { status, headers, body } = await request('GET', '/kv/count');
      const condition: Record<string, string> =
        status === 404 ? { 'if-none-match': '*' } : { 'if-match': String(headers.etag) };
      const answer = await put('/kv/count', String(Number(body.value ?? 0) + 1), condition);
      if (answer.status === 200) return;
      expect(answer.status).toBe(412);
      refused++;
      await increment();
    };
    const client = async () => {
      for (let time = 0; time < each; time++) await increment();
    };
    await Promise.all(Array.from({ length: clients }, client));
    expect((await request('GET', '/kv/count')).body).toMatchObject({ value: String(clients * each) });
    expect(await api.pod.stores.shadows.find('count')).toMatchObject({ lastValue: String(clients * each) });
    expect(refused).toBeGreaterThan(0);
  });
});

describe('with a full journal', () => {
  const JOURNAL_BOUND = 3;
  const owned: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of owned.splice(0)) await end();
  });

  it('a write is refused with 503 and Retry-After, by HTTP and by tool, and changes nothing', async () => {
    const small = await startInProcessApi({
      HYBRID_SYNC_SLOTS: '1',
      JOURNAL_MAX_ENTRIES_PER_SLOT: String(JOURNAL_BOUND),
    });
    owned.push(() => small.stop());
    const redis = new Redis(small.space.env.REDIS_URL);
    owned.unshift(() => redis.disconnect());
    const journal = `${small.space.env.HYBRID_SYNC_NAMESPACE}:{0}:journal`;
    const set = (value: string) => send(small.app, { method: 'PUT', url: '/kv/kept', body: { value } });
    await set('before');
    const before = await send(small.app, { url: '/kv/kept' });
    await expect.poll(() => redis.xlen(journal)).toBe(0);
    // Deletes are taken for a quarter longer.
    const entries = Math.ceil(JOURNAL_BOUND * 1.25);
    for (let entry = 0; entry < entries; entry++) await redis.xadd(journal, '*', 'op', 'none');

    for (const attempt of [set('after'), send(small.app, { method: 'DELETE', url: '/kv/kept' })]) {
      const answer = await attempt;
      expect(answer).toMatchObject({ status: 503, body: { code: 'JOURNAL_FULL' } });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    const { json } = await small.post({
      method: 'tools/call',
      params: { name: 'kv_set', arguments: { key: 'kept', value: 'after' } },
    });
    expect(json.result?.isError).toBe(true);
    expect(json.result?.content?.[0]?.text).toContain('JOURNAL_FULL');

    expect(await send(small.app, { url: '/kv/kept' })).toMatchObject({ body: before.body });
    expect(await redis.xlen(journal)).toBe(entries);
    await redis.del(journal);
    expect(await set('after')).toMatchObject({ status: 200 });
  });
});
