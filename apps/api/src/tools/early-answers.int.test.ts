import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../testing/http-request.js';
import { FAST_WAY, type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi(FAST_WAY);
});
afterAll(() => api.stop());

const EARLY = { prefer: 'respond-async' };
const overHttp = (method: 'PUT' | 'PATCH' | 'POST' | 'DELETE', url: string, body?: object, headers = {}) =>
  send(api.app, { method, url, headers, ...(body === undefined ? {} : { body }) });
const shadowVersion = async (key: string) => Number((await api.pod.stores.shadows.find(key))?.version ?? 0);

/** Each write of one pair, over HTTP and as a tool. */
const WRITES = [
  ['kv_set', 'PUT', '/kv/a', { value: '1' }],
  ['kv_incr', 'POST', '/increment/a', { by: 1 }],
  ['kv_expire', 'PATCH', '/kv/a', { ttlSec: 600 }],
  ['kv_del', 'DELETE', '/kv/a', undefined],
] as const;

describe('a write that is to be answered before it is synced', () => {
  it.each(WRITES)(
    '%s is answered by the journal, and synced behind that',
    async (tool, method, url, body) => {
      await api.call('kv_set', { key: 'a', value: '1' });
      const early = await overHttp(method, url, body, EARLY);
      expect(early).toMatchObject({
        status: 200,
        headers: { 'preference-applied': 'respond-async' },
        body: { method: 'JOURNALED', message: expect.stringContaining('behind this answer') },
      });
      await expect.poll(() => shadowVersion('a')).toBe(early.body.version);

      await api.call('kv_set', { key: 'a', value: '1' });
      const called = await api.call(tool, { key: 'a', ...body, answer: 'journaled' });
      expect(called).toMatchObject({ method: 'JOURNALED' });
      await expect.poll(() => shadowVersion('a')).toBe((called as { version: number }).version);
      await expect.poll(() => api.pod.stores.journal.totalLength()).toBe(0);
    },
  );

  it.each([
    ['/kv/batch', { operations: [{ op: 'set', key: 'b', value: '1' }] }],
    ['/kv/mdel', { keys: ['b'] }],
  ])('may be one of many: %s', async (url, body) => {
    const early = await overHttp('POST', url, body, EARLY);
    expect(early.headers).toHaveProperty('preference-applied', 'respond-async');
    const [{ method, version }] = early.body.results;
    expect(method).toBe('JOURNALED');
    await expect.poll(() => shadowVersion('b')).toBe(version);
  });

  it('is one that asks for it, and no other', async () => {
    const plain = await overHttp('PUT', '/kv/a', { value: '2' });
    expect(plain.body).toMatchObject({ method: 'ASYNC_THREAD' });
    expect(plain.headers).not.toHaveProperty('preference-applied');
    expect(await api.call('kv_set', { key: 'a', value: '2', answer: 'synced' })).toMatchObject({
      method: 'ASYNC_THREAD',
    });
    const read = await send(api.app, { method: 'GET', url: '/kv/a', headers: EARLY });
    expect(read.headers).not.toHaveProperty('preference-applied');
  });

  it('asks for it by the header over HTTP, and is told so', async () => {
    expect(await overHttp('PUT', '/kv/a', { value: '2', answer: 'journaled' })).toMatchObject({
      status: 400,
      body: { field: 'answer', detail: expect.stringContaining('Prefer: respond-async') },
    });
  });

  it('counts by how far it got in the end', async () => {
    const { answered } = api.pod.running.sync;
    const before = { ...answered };
    await overHttp('PUT', '/kv/a', { value: '3' }, EARLY);
    await expect.poll(() => answered.ASYNC_THREAD).toBe(before.ASYNC_THREAD + 1);
    expect(answered.JOURNALED).toBe(before.JOURNALED);
  });
});
