import {
  type FakeAnswer,
  messageAnswer,
  messageError,
  problem,
  type Received,
} from '@hybrid-sync/services/fake-api';
import { describe, expect, it } from 'vitest';
import {
  AccessRefusedError,
  type ClientOptions,
  HybridSyncClient,
  InvalidInputError,
  NotAnApiError,
  NotCachedError,
  PreconditionFailedError,
  RevisionConflictError,
  UnavailableError,
  UnreachableError,
} from './index.js';
import { clientOf, failureOf, fakeApi, nowhere, PAIR, WRITTEN } from './testing/fake-apis.js';

describe('a call', () => {
  it('goes to its route below the path of the url, with the token and its condition', async () => {
    const api = await fakeApi(() => ({ body: WRITTEN }));
    const client = new HybridSyncClient({ url: `${api.url}/proxy/`, token: async () => 'hs_t' });
    await client.set('a/b ä', 'v', { ifVersion: 3, ttlSec: 60 });
    const [{ method, url, headers, body }] = api.received as [Received];
    expect([method, url]).toEqual(['PUT', '/proxy/kv/a%2Fb%20%C3%A4']);
    expect([headers.authorization, headers['if-match']]).toEqual(['Bearer hs_t', '"3"']);
    expect(JSON.parse(body)).toEqual({ value: 'v', ttlSec: 60 });
  });

  it.each(['', '.', '..', '\ud800'])('of the key %j goes where no URL changes it', async (key) => {
    const { api, client } = await clientOf(() => messageAnswer({ ...PAIR, key }));
    expect(await client.get(key)).toEqual({ key, value: 'v', version: 7 });
    expect(api.received[0]?.url).toBe('/mcp/message');
    expect(JSON.parse(api.received[0]?.body ?? '').params).toEqual({ name: 'kv_get', arguments: { key } });
  });

  it('does not follow a redirect, which would take arguments and token elsewhere', async () => {
    const { api, client } = await clientOf(() => ({ status: 307, headers: { location: '/else' }, body: '' }));
    expect(await failureOf(client.get('a'))).toBeInstanceOf(NotAnApiError);
    expect(api.received).toHaveLength(1);
  });

  it('keeps its connection', async () => {
    const { api, client } = await clientOf(() => ({ body: PAIR }));
    for (let n = 0; n < 5; n++) await client.get('a');
    expect(new Set(api.received.map(({ port }) => port)).size).toBeLessThan(5);
  });
});

describe('an answer', () => {
  it('of no such pair is undefined', async () => {
    const { client } = await clientOf(() => problem(404, 'NOT_FOUND', 'key: none', { field: 'key' }));
    expect(await client.get('a')).toBeUndefined();
  });

  it('of many keys comes in calls of a hundred, in order', async () => {
    const { api, client } = await clientOf(({ body }) => ({
      body: { pairs: JSON.parse(body).keys.map((key: string) => ({ ...PAIR, key, found: key !== '3' })) },
    }));
    const pairs = await client.mget(Array.from({ length: 101 }, (_, n) => String(n)));
    expect(pairs.map((pair) => pair?.key).slice(2, 5)).toEqual(['2', undefined, '4']);
    expect(pairs.at(-1)?.key).toBe('100');
    expect(api.received).toHaveLength(2);
  });

  it('of a scan comes page after page', async () => {
    const { client } = await clientOf(({ url = '' }) => ({
      body: url.includes('cursor=0&')
        ? { keys: ['a', 'b'], pairs: [PAIR], cursor: '9' }
        : { keys: ['c'], pairs: [], cursor: '0' },
    }));
    const keys: string[] = [];
    for await (const key of client.scan('p')) keys.push(key);
    expect(keys).toEqual(['a', 'b', 'c']);
    for await (const pair of client.scanPairs()) expect(pair).toEqual({ key: 'a', value: 'v', version: 7 });
  });
});

describe('an error', () => {
  it.each([
    [400, 'INVALID_INPUT', { field: 'value' }, InvalidInputError, { field: 'value' }],
    [412, 'PRECONDITION_FAILED', { version: null }, PreconditionFailedError, { version: null }],
    [409, 'NOT_CACHED', { shadow: { state: 'live' } }, NotCachedError, { shadow: { state: 'live' } }],
    [409, 'REVISION_CONFLICT', { revision: 4 }, RevisionConflictError, { revision: 4 }],
    [401, 'UNAUTHORIZED', {}, AccessRefusedError, { mayHaveBeenDone: false }],
    [403, 'FORBIDDEN', {}, AccessRefusedError, { passes: false }],
    [503, 'CACHE_UNAVAILABLE', {}, UnavailableError, { mayHaveBeenDone: true }],
    [503, 'JOURNAL_FULL', {}, UnavailableError, { mayHaveBeenDone: false }],
  ] as const)('of status %d and code %s is of a class of its own', async (status, code, more, Class, has) => {
    const { client } = await clientOf(() => problem(status, code, 'words', more), { retries: 0 });
    const error = await failureOf(client.set('a', 'v'));
    expect(error).toBeInstanceOf(Class);
    expect(error).toMatchObject({ code, message: 'words', name: Class.name, ...has });
  });

  it('of a condition names the argument, not the header', async () => {
    const met = problem(412, 'PRECONDITION_FAILED', 'If-Match: the cache has none', { field: 'If-Match' });
    const { client } = await clientOf(() => met);
    const error = await failureOf(client.delete('a', { ifVersion: 3 }));
    expect(error).toMatchObject({ field: 'ifVersion', message: 'ifVersion: the cache has none' });
  });

  it('over a message is the same', async () => {
    const said = { code: 'INVALID_INPUT', message: 'value: is long', field: 'value' };
    const { client } = await clientOf(() => messageError(said));
    expect(await failureOf(client.set('.', 'v'))).toMatchObject(said);
  });

  it.each<FakeAnswer>([
    { status: 200, body: '<html>' },
    { status: 200, body: ['a'] },
    { status: 404, body: { statusCode: 404 } },
    problem(404, 'NOT_FOUND', 'path: nothing is served here'),
  ])('of what is no api says so: %j', async (answer) => {
    const { client } = await clientOf(() => answer);
    expect(await failureOf(client.call('hybrid_sync_stats', {}))).toBeInstanceOf(NotAnApiError);
    expect(await failureOf(client.get('..'))).toBeInstanceOf(NotAnApiError);
  });

  it('of an address without an api says that nothing was sent', async () => {
    const client = new HybridSyncClient({ url: await nowhere(), retries: 0 });
    const error = await failureOf(client.set('a', 'v'));
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error).toMatchObject({
      mayHaveBeenDone: false,
      message: expect.stringContaining('nothing listens'),
    });
  });
});

describe('an option that is no use', () => {
  it.each<[Partial<ClientOptions>, string]>([
    [{ url: [] }, 'url'],
    [{ url: 'redis://a' }, 'url'],
    [{ url: 'http://u:p@a' }, 'url'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ tryTimeoutMs: Number.NaN }, 'tryTimeoutMs'],
    [{ retries: -1 }, 'retries'],
  ])('is refused by its name: %j', (options, name) => {
    expect(() => new HybridSyncClient({ url: 'http://a', ...options })).toThrow(new RegExp(`^${name}: `));
  });
});
