import {
  CUT,
  type FakeAnswer,
  FakeApi,
  messageAnswer,
  messageError,
  problem,
  type Received,
} from '@hybrid-sync/services/fake-api';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AccessRefusedError,
  type ClientError,
  type ClientOptions,
  HybridSyncClient,
  InvalidInputError,
  NotAnApiError,
  NotCachedError,
  PreconditionFailedError,
  RevisionConflictError,
  TimedOutError,
  UnavailableError,
  UnreachableError,
} from './index.js';

const started: FakeApi[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((api) => api.stop()));
});

type Answers = (request: Received, count: number) => FakeAnswer | typeof CUT | undefined;

/** An api that answers as it is told, told also how many requests there were before. */
async function fakeApi(answer: Answers): Promise<FakeApi> {
  const api: FakeApi = await FakeApi.start((request) => answer(request, api.received.length - 1));
  started.push(api);
  return api;
}

async function clientOf(answer: Answers, options: Partial<ClientOptions> = {}) {
  const api = await fakeApi(answer);
  return { api, client: new HybridSyncClient({ url: api.url, ...options }) };
}

/** An address where nothing listens. */
async function nowhere(): Promise<string> {
  const { url, ...api } = await fakeApi(() => undefined);
  await started.pop()?.stop();
  void api;
  return url;
}

const PAIR = { found: true, key: 'a', value: 'v', version: 7 };
const WRITTEN = { success: true, method: 'ASYNC_THREAD', message: 'm', timestamp: 't', key: 'a', version: 7 };
const failureOf = (call: Promise<unknown>): Promise<ClientError> =>
  call.then(
    () => Promise.reject(new Error('the call succeeded')),
    (error) => error,
  );

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

describe('a failed try', () => {
  it('of a read is followed by another one', async () => {
    const { api, client } = await clientOf((_, count) => (count < 2 ? CUT : { body: PAIR }));
    expect(await client.get('a')).toMatchObject({ value: 'v' });
    expect(api.received).toHaveLength(3);
  });

  it('of a plain write is the last, and says that it may have been done', async () => {
    const { api, client } = await clientOf(() => CUT);
    expect(await failureOf(client.set('a', 'v'))).toMatchObject({ mayHaveBeenDone: true });
    expect(api.received).toHaveLength(1);
  });

  it('of a plain write is followed by another one where that was asked for', async () => {
    const { client } = await clientOf((_, count) => (count === 0 ? CUT : { body: WRITTEN }));
    expect(await client.set('a', 'v', { resend: 'always' })).toMatchObject({ version: 7 });
  });

  it('of a plain write that the api refused is followed by another one', async () => {
    const { client } = await clientOf((_, count) =>
      count === 0 ? problem(503, 'NOT_READY', 'starting') : { body: WRITTEN },
    );
    expect(await client.set('a', 'v')).toMatchObject({ version: 7 });
  });

  it('of a conditional write that met its condition later is told as it was, for it may have been done', async () => {
    const { api, client } = await clientOf((_, count) =>
      count === 0 ? CUT : problem(412, 'PRECONDITION_FAILED', 'If-Match: version 8', { version: 8 }),
    );
    const error = await failureOf(client.set('a', 'v', { ifVersion: 7 }));
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error.mayHaveBeenDone).toBe(true);
    expect(api.received).toHaveLength(2);
  });

  it('of a conditional write that may have been done is told, whatever the last one met', async () => {
    const { client } = await clientOf((_, count) => (count === 0 ? CUT : problem(503, 'NOT_READY', 'm')));
    expect(await failureOf(client.set('a', 'v', { ifAbsent: true }))).toMatchObject({
      mayHaveBeenDone: true,
    });
  });

  it('waits as long as the api asks for, and not at all where that is beyond the time limit', async () => {
    const { api, client } = await clientOf(() => ({
      ...problem(429, 'RATE_LIMITED', 'slower'),
      headers: { 'retry-after': '60' },
    }));
    expect(await failureOf(client.get('a'))).toMatchObject({ code: 'RATE_LIMITED', retryAfterSec: 60 });
    expect(api.received).toHaveLength(1);
  });

  it('after its time limit is a failure of its own', async () => {
    const { client } = await clientOf(() => undefined, { timeoutMs: 50 });
    expect(await failureOf(client.set('a', 'v'))).toBeInstanceOf(TimedOutError);
  });

  it('of a read has a time limit that leaves time for another', async () => {
    const { client } = await clientOf((_, count) => (count === 0 ? undefined : { body: PAIR }), {
      tryTimeoutMs: 50,
    });
    expect(await client.get('a')).toMatchObject({ value: 'v' });
  });

  it('ends with the reason of the caller', async () => {
    const ended = new AbortController();
    const reason = new Error('enough');
    const { client } = await clientOf(() => {
      ended.abort(reason);
      return undefined;
    });
    expect(await failureOf(client.get('a', { signal: ended.signal }))).toBe(reason);
    expect(await failureOf(client.get('a', { signal: ended.signal }))).toBe(reason);
  });
});

describe('of several urls', () => {
  it('the next one is used where one is not reached, and kept', async () => {
    const api = await fakeApi(() => ({ body: WRITTEN }));
    const client = new HybridSyncClient({ url: [await nowhere(), api.url] });
    expect(await client.set('a', 'v')).toMatchObject({ version: 7 });
    expect(await client.set('a', 'v', { resend: 'never' })).toMatchObject({ version: 7 });
  });

  it('the next one is used where one is not ready', async () => {
    const starting = await fakeApi(() => problem(503, 'NOT_READY', 'starting'));
    const ready = await fakeApi(() => ({ body: WRITTEN }));
    const client = new HybridSyncClient({ url: [starting.url, ready.url] });
    for (let n = 0; n < 2; n++) await client.set('a', 'v');
    expect([starting.received.length, ready.received.length]).toEqual([1, 2]);
  });

  it('a plain write that may have been done goes to no other', async () => {
    const first = await fakeApi(() => CUT);
    const second = await fakeApi(() => ({ body: WRITTEN }));
    const client = new HybridSyncClient({ url: [first.url, second.url] });
    expect(await failureOf(client.set('a', 'v'))).toMatchObject({ mayHaveBeenDone: true });
    expect(second.received).toHaveLength(0);
    expect(await client.set('a', 'v')).toMatchObject({ version: 7 });
  });
});

describe('the writes of one turn', () => {
  const batchOf = ({ body }: Received) => {
    const { operations } = JSON.parse(body) as { operations: { op: string; key: string }[] };
    const results = operations.map(({ op, key }) =>
      key === 'bad'
        ? { op, key, error: { code: 'PRECONDITION_FAILED', message: 'm', version: 9 } }
        : { op, key, version: 7, method: 'ASYNC_THREAD', ...(op === 'del' ? { existed: true } : {}) },
    );
    return { body: { done: 1, failed: 0, results } };
  };

  it('leave in one call, and each has its own end', async () => {
    const { api, client } = await clientOf(batchOf, { batchWrites: true });
    const bad = failureOf(client.set('bad', 'v', { ifVersion: 3 }));
    const writes = await Promise.all([client.set('a', 'v', { ttlSec: 5 }), client.delete('b')]);
    expect(writes).toEqual([
      { key: 'a', version: 7, method: 'ASYNC_THREAD' },
      { key: 'b', version: 7, method: 'ASYNC_THREAD', existed: true },
    ]);
    expect(await bad).toMatchObject({ code: 'PRECONDITION_FAILED', version: 9 });
    expect(api.received.map(({ url }) => url)).toEqual(['/kv/batch']);
    expect(JSON.parse(api.received[0]?.body ?? '').operations).toEqual([
      { op: 'set', key: 'bad', value: 'v', ifVersion: 3 },
      { op: 'set', key: 'a', value: 'v', ttlSec: 5 },
      { op: 'del', key: 'b' },
    ]);
  });

  it('leave apart where another writes, where they are many, and where one has terms of its own', async () => {
    const { api, client } = await clientOf(
      (request) => (request.url === '/kv/batch' ? batchOf(request) : { body: WRITTEN }),
      { batchWrites: true },
    );
    await Promise.all([
      client.set('a', 'v', { sessionId: 's' }),
      ...Array.from({ length: 1001 }, (_, n) => client.set(`k${n}`, 'v')),
      client.set('a', 'v', { timeoutMs: 9000 }),
    ]);
    const sizes = api.received
      .filter(({ url }) => url === '/kv/batch')
      .map(({ body }) => JSON.parse(body).operations.length);
    expect(sizes).toEqual([1, 1000, 1]);
    expect(api.received).toHaveLength(4);
  });

  it('fail together where the call does', async () => {
    const { client } = await clientOf(() => CUT, { batchWrites: true });
    const [one, other] = await Promise.all([failureOf(client.set('a', 'v')), failureOf(client.delete('b'))]);
    expect(one).toBe(other);
    expect(one).toMatchObject({ code: 'API_UNREACHABLE', mayHaveBeenDone: true });
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
