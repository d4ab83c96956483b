import { type FakeAnswer, FakeApi, toolAnswer } from '@hybrid-sync/services/fake-api';
import { afterEach, describe, expect, it } from 'vitest';
import { UsageError } from '../usage-error.js';
import { ApiClient, CallFailedError } from './api-client.js';

const WRITTEN = { success: true, key: 'k', version: 7, method: 'EVENT_BASED', message: '', timestamp: '' };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A problem, as the api writes it. */
const toolError = (problem: object, status = 503): FakeAnswer => ({ status, body: { ...problem, status } });
const SILENT = 'silent';

/** Status of `/sync/load`. */
let readyStatus: number;
async function apiThatSays(...replies: (FakeAnswer | typeof SILENT)[]) {
  readyStatus = 200;
  const fake = await FakeApi.start(({ url }) => {
    if (url === '/sync/load')
      return readyStatus === 401
        ? toolError({ code: 'UNAUTHORIZED' }, 401)
        : { status: readyStatus, body: { ready: false } };
    const reply = replies.shift() ?? toolAnswer(WRITTEN);
    return reply === SILENT ? undefined : reply;
  });
  const client = new ApiClient({ api: fake.url, maxConnections: 2, timeoutMs: 2000 });
  closers.push(
    () => client.close(),
    () => fake.stop(),
  );
  return { fake, client };
}

describe('ApiClient', () => {
  it('sets, deletes and reads by the tools of the api', async () => {
    const expireAt = '2026-08-01T10:00:00.500Z';
    const { fake, client } = await apiThatSays(
      toolAnswer({ ...WRITTEN, expireAt }),
      toolAnswer({ ...WRITTEN, existed: true }),
      toolAnswer({ found: true, key: 'k', value: 'v', version: 7 }),
      toolError({ code: 'NOT_FOUND', field: 'key' }, 404),
    );
    expect(await client.set('k', 'v', 60)).toEqual({
      version: 7,
      method: 'EVENT_BASED',
      expireAt: Date.parse(expireAt),
    });
    expect(await client.delete('k')).toEqual({ version: 7, method: 'EVENT_BASED' });
    expect(await client.get('k')).toEqual({ found: true, value: 'v', version: 7 });
    expect(await client.get('k')).toEqual({ found: false });
    expect(fake.received.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['PUT', '/kv/k', '{"value":"v","ttlSec":60}'],
      ['DELETE', '/kv/k', ''],
      ['GET', '/kv/k', ''],
      ['GET', '/kv/k', ''],
    ]);
  });

  it('keeps its connections open, and opens no more than allowed', async () => {
    const { fake, client } = await apiThatSays();
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 20 }, (_, at) => client.set(`k${at}`, 'v', 1)));
    }
    expect(fake.received).toHaveLength(100);
    expect(new Set(fake.received.map(({ port }) => port)).size).toBeLessThanOrEqual(2);
  });

  it.each<[string, FakeAnswer, string]>([
    ['a tool error', toolError({ code: 'JOURNAL_FULL', message: 'slot 3 is full' }), 'kv_set: JOURNAL_FULL'],
    [
      'a tool error about an argument',
      toolError({ code: 'INVALID_INPUT', field: 'key' }),
      'kv_set: INVALID_INPUT (key)',
    ],
    ['a problem without a code', toolError({}, 500), 'HTTP 500'],
    ['another status', { body: '<html>', status: 502 }, 'HTTP 502'],
    ['what is not JSON', { body: '<html>' }, 'HTTP 200'],
    [
      'no version',
      toolAnswer({ ...WRITTEN, version: undefined }),
      'an answer to a write without version or method',
    ],
    [
      'an unsafe version',
      toolAnswer({ ...WRITTEN, version: 2 ** 60 }),
      'an answer to a write without version or method',
    ],
    [
      'an unknown method',
      toolAnswer({ ...WRITTEN, method: 'BOTH_FAILED' }),
      'an answer to a write without version or method',
    ],
    [
      'an expiry that is no time',
      toolAnswer({ ...WRITTEN, expireAt: 'soon' }),
      'an answer to a write whose expireAt is no time',
    ],
  ])('takes %s for a failed call', async (_, reply, message) => {
    const { client } = await apiThatSays(reply);
    await expect(client.set('k', 'v', 1)).rejects.toMatchObject({ name: 'CallFailedError', message });
  });

  it.each<[string, FakeAnswer, boolean]>([
    ['the journal is full', toolError({ code: 'JOURNAL_FULL' }), false],
    ['the pod is not ready', toolError({ code: 'NOT_READY' }), false],
    ['Redis did not answer', toolError({ code: 'CACHE_UNAVAILABLE' }), true],
    ['something went wrong inside', toolError({ code: 'INTERNAL' }), true],
    ['a proxy gave up', { body: '', status: 504 }, true],
  ])('knows whether a write may have taken effect when %s', async (_, reply, mayHaveTakenEffect) => {
    const { client } = await apiThatSays(reply);
    await expect(client.set('k', 'v', 1)).rejects.toMatchObject({ mayHaveTakenEffect });
  });

  it('takes a read without value for a failed call', async () => {
    const { client } = await apiThatSays(toolAnswer({ found: true, key: 'k' }));
    await expect(client.get('k')).rejects.toThrow(CallFailedError);
  });

  it('gives up a call that gets no answer in time', async () => {
    const { fake } = await apiThatSays(SILENT);
    const client = new ApiClient({ api: fake.url, maxConnections: 1, timeoutMs: 50 });
    closers.push(() => client.close());
    await expect(client.get('k')).rejects.toThrow(new CallFailedError('no answer in time'));
  });

  it('says so when a connection is refused', async () => {
    const { fake } = await apiThatSays();
    const client = new ApiClient({ api: fake.url, maxConnections: 1, timeoutMs: 1000 });
    await fake.stop();
    closers.pop();
    await expect(client.get('k')).rejects.toMatchObject({
      message: 'ECONNREFUSED',
      mayHaveTakenEffect: false,
    });
    await expect(client.checkReady()).rejects.toThrow(/no api answers at .*ECONNREFUSED.*npm start/);
    client.close();
  });

  it('asks whether the api is ready', async () => {
    const { client } = await apiThatSays();
    await client.checkReady();
    readyStatus = 503;
    await expect(client.checkReady()).rejects.toThrow(UsageError);
    await expect(client.checkReady()).rejects.toThrow(/not ready: HTTP 503/);
  });

  it('bears the token that it was given, with every call, and says when it needs one', async () => {
    const { fake } = await apiThatSays();
    const client = new ApiClient({ api: fake.url, maxConnections: 1, timeoutMs: 1000, token: 'hs_t' });
    closers.push(() => client.close());
    await client.checkReady();
    await client.set('k', 'v', 1);
    const authorizations = fake.received.map(({ headers }) => headers.authorization);
    expect(authorizations).toEqual(['Bearer hs_t', 'Bearer hs_t']);
    readyStatus = 401;
    await expect(client.checkReady()).rejects.toThrow(/HYBRID_SYNC_TOKEN/);
  });
});
