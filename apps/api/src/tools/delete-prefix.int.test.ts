import { CacheKeys, JournalFullError, StoreUnavailableError, slotOf } from '@hybrid-sync/sync-core';
import { type Collection, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { send } from '../testing/http-request.js';
import { FAST_WAY, type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const KEYS = Array.from({ length: 300 }, (_, index) => `p*:${index}`);

let api: InProcessApi;
let client: MongoClient;
let documents: Collection<{ _id: string }>;
beforeAll(async () => {
  api = await startInProcessApi(FAST_WAY);
  client = new MongoClient(api.space.env.MONGODB_URL);
  documents = client.db().collection('kv_shadow');
});
afterAll(async () => {
  await client.close();
  await api.stop();
});
beforeEach(async () => {
  // The star is a character of the prefix, and no pattern.
  for (const key of [...KEYS, 'pa:other']) void api.pod.running.sync.set({ key, value: 'v' });
  await api.pod.running.sync.idle();
});

/** On a busy machine the default budget is not enough to look through what all tests have in Redis. */
const ALL = { prefix: 'p*:', budgetMs: 25_000 };
const call = async (args: object) =>
  (await send(api.app, { method: 'POST', url: '/kv/delete-prefix', body: { ...ALL, ...args } })).body;
const left = async () =>
  (await api.pod.stores.cache.getMany(KEYS)).filter((pair) => pair !== undefined).length;

it('a dry run counts and changes nothing', async () => {
  const plan = await call({});
  expect(plan).toMatchObject({ applied: false, complete: true, cursor: null, deleted: 0, stopped: null });
  expect(plan.keys).toBeGreaterThanOrEqual(KEYS.length);
  expect(plan.samples).toHaveLength(20);
  expect(await left()).toBe(KEYS.length);
});

it('applied, it deletes these keys on both sides and no others', async () => {
  expect(await call({ apply: true, sessionId: 's' })).toMatchObject({ complete: true, deleted: KEYS.length });
  expect(await left()).toBe(0);
  const shadows = await Promise.all(KEYS.map((key) => api.pod.stores.shadows.find(key)));
  expect(shadows.filter((shadow) => shadow?.deleted && shadow.sessionId === 's')).toHaveLength(KEYS.length);
  expect(await api.pod.stores.cache.get('pa:other')).toMatchObject({ value: 'v' });
});

it('with a small budget it takes several calls, which go on at the cursor', async () => {
  let [cursor, calls, deleted]: [string | null | undefined, number, number] = [undefined, 0, 0];
  while (cursor !== null) {
    const answer = await call({ apply: true, budgetMs: 1, cursor });
    expect(answer.complete).toBe(answer.cursor === null);
    cursor = answer.cursor;
    deleted += answer.deleted;
    calls++;
  }
  expect(deleted).toBe(KEYS.length);
  expect(calls).toBeGreaterThan(1);
});

it('a key that can not be deleted ends the call, whose cursor takes it again', async () => {
  const { sync } = api.pod.running;
  const refuse = vi.spyOn(sync, 'delete').mockRejectedValueOnce(new JournalFullError(1, 10));
  const answer = await call({ apply: true });
  refuse.mockRestore();
  expect(answer).toMatchObject({ complete: false, stopped: expect.stringContaining('journal') });
  expect(await call({ apply: true, cursor: answer.cursor })).toMatchObject({ complete: true });
  expect(await left()).toBe(0);
});

describe('keys that only the shadow store has', () => {
  const EVICTED = KEYS.slice(0, 120);
  beforeEach(async () => {
    const slotKeys = new CacheKeys(api.space.env.HYBRID_SYNC_NAMESPACE, api.pod.settings.slots);
    const nameOf = (key: string) => slotKeys.pair(slotOf(key, slotKeys.slots), key);
    await api.pod.stores.redis.at('any').del(...[...EVICTED, 'pa:other'].map(nameOf));
  });
  const gone = async (keys: readonly string[]) => {
    const shadows = await Promise.all(keys.map((key) => api.pod.stores.shadows.find(key)));
    return shadows.filter((shadow) => shadow?.deleted).length;
  };

  it('are counted by a dry run, beside those of the cache', async () => {
    expect(await call({})).toMatchObject({ complete: true, shadowOnly: EVICTED.length, deleted: 0 });
    expect(await gone(KEYS)).toBe(0);
  });

  it('are deleted like any others, and no others are', async () => {
    const answer = await call({ apply: true, interactionId: 'i' });
    expect(answer).toMatchObject({ complete: true, shadowOnly: EVICTED.length, deleted: KEYS.length });
    expect(await gone(KEYS)).toBe(KEYS.length);
    expect(await api.pod.stores.shadows.find(EVICTED[0] ?? '')).toMatchObject({ interactionId: 'i' });
    expect(await gone(['pa:other'])).toBe(0);
  });

  it('are deleted over several calls, which go on at the cursor, in any pod', async () => {
    let [cursor, calls, deleted]: [string | null | undefined, number, number] = [undefined, 0, 0];
    while (cursor !== null) {
      const answer = await call({ apply: true, budgetMs: 1, cursor });
      cursor = answer.cursor;
      deleted += answer.deleted;
      calls++;
    }
    expect(deleted).toBe(KEYS.length);
    expect(calls).toBeGreaterThan(2);
    expect(await gone(KEYS)).toBe(KEYS.length);
  });

  it('are deleted also where Redis lost its clocks and its time is behind their versions', async () => {
    const [key = ''] = EVICTED;
    const ahead = (await api.pod.stores.shadows.find(key))?.version;
    const later = Number(ahead) + 3_600_000_000;
    const set = {
      key,
      slot: slotOf(key, api.pod.settings.slots),
      version: later,
      op: 'set',
      value: 'v',
    } as const;
    await api.pod.stores.shadows.apply([set], 'EVENT_BASED');
    await call({ apply: true });
    expect(await gone(KEYS)).toBe(KEYS.length);
  });

  it('wait while MongoDB is away: those of the cache are deleted, and the cursor leads back to the others', async () => {
    const { shadows } = api.pod.stores;
    const away = vi
      .spyOn(shadows, 'heads')
      .mockRejectedValue(new StoreUnavailableError('reading shadows', undefined));
    const answer = await call({ apply: true });
    away.mockRestore();
    expect(answer).toMatchObject({
      complete: false,
      deleted: KEYS.length - EVICTED.length,
      stopped: expect.stringContaining('the shadow store did not answer'),
    });
    expect(await call({ apply: true, cursor: answer.cursor })).toMatchObject({
      complete: true,
      shadowOnly: EVICTED.length,
      deleted: EVICTED.length,
    });
    expect(await gone(KEYS)).toBe(KEYS.length);
  });

  it('that have expired, or that someone else put there, are left alone', async () => {
    const [expired = '', foreign = ''] = EVICTED;
    await documents.updateOne({ _id: expired }, { $set: { expireAt: new Date(0) } });
    await documents.replaceOne({ _id: foreign }, { text: 'not ours' });
    expect(await call({ apply: true })).toMatchObject({ shadowOnly: EVICTED.length - 2 });
    expect(await documents.findOne({ _id: foreign })).toEqual({ _id: foreign, text: 'not ours' });
    await documents.deleteOne({ _id: foreign });
  });
});

it('a cursor is of its prefix', async () => {
  const { cursor } = await call({ budgetMs: 1 });
  expect(await call({ prefix: 'q', cursor })).toMatchObject({ code: 'INVALID_INPUT', field: 'cursor' });
  expect(await call({ cursor: '0' })).toMatchObject({ code: 'INVALID_INPUT', field: 'cursor' });
});

it('nobody deletes all keys by leaving the prefix out or empty', async () => {
  for (const prefix of ['', undefined]) {
    expect(await call({ prefix, apply: true })).toMatchObject({ code: 'INVALID_INPUT', field: 'prefix' });
  }
  expect(await left()).toBe(KEYS.length);
});
