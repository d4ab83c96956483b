import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const JOURNAL_BOUND = 3;
let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi({
    MAX_VALUE_BYTES: '1000',
    HYBRID_SYNC_SLOTS: '1',
    JOURNAL_MAX_ENTRIES_PER_SLOT: String(JOURNAL_BOUND),
  });
});
afterAll(() => api.stop());

async function request(method: 'GET' | 'PUT' | 'DELETE' | 'POST', url: string, payload?: object | string) {
  const response = await api.app.inject({
    method,
    url,
    headers: { host: 'localhost', ...(payload === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: response.statusCode, headers: response.headers, body: response.json() };
}

describe('a pair over HTTP', () => {
  it.each(['plain', 'with/slash and space', 'ключ/\u{1F511}', '%25', '.env', 'a?b#c'])(
    'goes the whole way: %s',
    async (key) => {
      const url = `/kv/${encodeURIComponent(key)}`;
      const put = await request('PUT', url, { value: `value of ${key}`, ttlSec: 60 });
      expect(put).toMatchObject({ status: 200, body: { success: true, key, method: 'ASYNC_THREAD' } });
      expect(await request('GET', url)).toMatchObject({
        status: 200,
        body: { value: `value of ${key}`, version: put.body.version },
      });
      expect(await request('DELETE', url)).toMatchObject({ status: 200, body: { existed: true } });
      expect(await request('GET', url)).toMatchObject({
        status: 404,
        body: { code: 'NOT_FOUND', field: 'key' },
      });
    },
  );

  it('is found by prefix, and with others by their keys', async () => {
    await request('PUT', '/kv/http:1', { value: 'one' });
    await request('PUT', '/kv/http:2', { value: 'two' });
    const page = await request('GET', '/kv?prefix=http:&limit=1000');
    expect(page.body.keys.sort()).toEqual(['http:1', 'http:2']);
    const found = await request('POST', '/kv/mget', { keys: ['http:2', 'none'] });
    expect(found.body.pairs).toMatchObject([{ value: 'two' }, { found: false }]);
  });
});

describe('a bad request is a problem that names the field', () => {
  it.each([
    ['PUT', '/kv/k', { ttlSec: 5 }, 400, 'value'],
    ['PUT', '/kv/k', { value: 'v', ttlSec: -1 }, 400, 'ttlSec'],
    ['PUT', '/kv/k', { value: 'v', key: 'other' }, 400, 'key'],
    ['PUT', '/kv/k', { value: 'v'.repeat(1001) }, 400, 'value'],
    ['PUT', '/kv/k', ['v'], 400, 'body'],
    ['PUT', '/kv/k', '{"value":', 400, 'body'],
    ['PUT', '/kv/', { value: 'v' }, 400, 'key'],
    ['GET', '/kv?limit=many', undefined, 400, 'limit'],
    ['GET', '/kv?sort=asc', undefined, 400, 'sort'],
    ['POST', '/kv/mget', { keys: 'k' }, 400, 'keys'],
  ] as const)('%s %s', async (method, url, payload, status, field) => {
    const answer = await request(method, url, payload as object | string | undefined);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer).toMatchObject({ status, body: { status, code: 'INVALID_INPUT', field } });
  });
});

it('a key over the limit is a problem too', async () => {
  const answer = await request('PUT', `/kv/${'k'.repeat(1025)}`, { value: 'v' });
  expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_INPUT', field: 'key' } });
});

describe('with a full journal', () => {
  let redis: Redis | undefined;
  afterEach(() => redis?.disconnect());

  it('a write is refused with 503 and Retry-After, by HTTP and by tool, and changes nothing', async () => {
    redis = new Redis(api.space.env.REDIS_URL);
    const journal = `${api.space.env.HYBRID_SYNC_NAMESPACE}:{0}:journal`;
    await request('PUT', '/kv/kept', { value: 'before' });
    const before = await request('GET', '/kv/kept');
    await expect.poll(() => redis?.xlen(journal)).toBe(0);
    for (let entry = 0; entry < JOURNAL_BOUND; entry++) await redis.xadd(journal, '*', 'op', 'none');

    for (const attempt of [request('PUT', '/kv/kept', { value: 'after' }), request('DELETE', '/kv/kept')]) {
      const answer = await attempt;
      expect(answer).toMatchObject({ status: 503, body: { code: 'JOURNAL_FULL' } });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    const { json } = await api.post({
      method: 'tools/call',
      params: { name: 'kv_set', arguments: { key: 'kept', value: 'after' } },
    });
    expect(json.result?.isError).toBe(true);
    expect(json.result?.content?.[0]?.text).toContain('JOURNAL_FULL');

    expect(await request('GET', '/kv/kept')).toMatchObject({ body: before.body });
    expect(await redis.xlen(journal)).toBe(JOURNAL_BOUND);
    await redis.del(journal);
    expect(await request('PUT', '/kv/kept', { value: 'after' })).toMatchObject({ status: 200 });
  });
});
