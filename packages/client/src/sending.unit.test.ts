import { CUT, problem, type Received } from '@hybrid-sync/services/fake-api';
import { describe, expect, it } from 'vitest';
import { HybridSyncClient, TimedOutError, UnreachableError } from './index.js';
import { clientOf, failureOf, fakeApi, nowhere, PAIR, WRITTEN } from './testing/fake-apis.js';

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
