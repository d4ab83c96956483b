import { CUT, problem } from '@hybrid-sync/services/fake-api';
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
