import { describe, expect, it, vi } from 'vitest';
import { BatchTimeoutError, MutationRefusedError } from './batching/batch-errors.js';
import type { Written } from './cache/cache.js';
import { JournalFullError, NotReplicatedError } from './errors.js';
import type { Mutation } from './mutation.js';
import { deferred } from './testing/deferred.js';
import { aDelete, aSet } from './testing/mutations.js';
import { serviceUnderTest } from './testing/service-under-test.js';

const written = (mutation: Written['mutation'], existed?: boolean): Written => ({ mutation, existed });
const INPUTS = [
  { op: 'set' as const, key: 'a', value: 'v' },
  { op: 'del' as const, key: 'b' },
  { op: 'set' as const, key: 'c', value: 'v' },
];

describe('writes that are made together', () => {
  it('have each an answer of their own, a refused one too, and are counted one by one', async () => {
    const { sync, cache, fastOffer, acknowledged, metric } = serviceUnderTest();
    cache.writeMany.mockResolvedValue([
      written(aSet('a', 7)),
      written(aDelete('b', 8), true),
      new JournalFullError(0, 1),
    ]);
    fastOffer.mockImplementation(async ({ key }) => {
      if (key === 'b') throw new BatchTimeoutError();
    });
    expect(await sync.writeMany(INPUTS)).toEqual([
      { key: 'a', op: 'set', version: 7, method: 'ASYNC_THREAD' },
      { key: 'b', op: 'del', version: 8, method: 'EVENT_BASED', fallbackReason: 'TIMEOUT', existed: true },
      expect.any(JournalFullError),
    ]);
    expect(acknowledged).toMatchObject([{ version: 7 }, { version: 8 }]);
    expect(sync.answered).toMatchObject({ ASYNC_THREAD: 1, EVENT_BASED: 1 });
    expect(await metric('hybrid_sync_refused_total')).toContain('code="JOURNAL_FULL",role="api"} 1');
  });

  it('are answered from the journal where that is asked for, and told later how far each got', async () => {
    const { sync, cache, fastOffer, replicasHave } = serviceUnderTest();
    const inShadow = deferred<void>();
    fastOffer.mockReturnValue(inShadow.promise);
    cache.writeMany.mockResolvedValue([written(aSet('a', 7)), written(aDelete('b', 8), false)]);
    const synced = vi.fn();
    const answers = await sync.writeMany(INPUTS, { answer: 'journaled', synced });
    expect(answers).toMatchObject([
      { version: 7, method: 'JOURNALED' },
      { version: 8, method: 'JOURNALED', existed: false },
    ]);
    expect(replicasHave).toHaveBeenCalledTimes(2);
    expect(sync.behind).toBe(2);
    expect(synced).not.toHaveBeenCalled();
    inShadow.resolve();
    await sync.idle();
    expect(synced.mock.calls).toEqual([
      [0, { method: 'ASYNC_THREAD' }],
      [1, { method: 'ASYNC_THREAD' }],
    ]);
    expect(sync.behind).toBe(0);
  });
});

describe('the way of writes that are made together', () => {
  const MADE = ['a', 'events:b', 'c'].map((key, place) => written(aSet(key, place + 1)));
  const keysOf = (lists: { mock: { calls: [readonly Mutation[], ...unknown[]][] } }) =>
    lists.mock.calls.map(([mutations]) => mutations.map(({ key }) => key));

  it('is one list down each path, what falls back at the same time included', async () => {
    const { sync, cache, fastOffer, fastLists, outboxLists } = serviceUnderTest();
    cache.writeMany.mockResolvedValue(MADE);
    fastOffer.mockRejectedValue(new BatchTimeoutError());
    expect(await sync.writeMany(INPUTS)).toMatchObject([
      { method: 'EVENT_BASED', fallbackReason: 'TIMEOUT' },
      { method: 'EVENT_BASED', fallbackReason: 'EVENT_ONLY' },
      { method: 'EVENT_BASED', fallbackReason: 'TIMEOUT' },
    ]);
    expect(keysOf(fastLists)).toEqual([['a', 'c']]);
    expect(keysOf(outboxLists)).toEqual([['events:b'], ['a', 'c']]);
  });

  it('is so behind their answers, too', async () => {
    const { sync, cache, fastLists, outboxLists } = serviceUnderTest();
    cache.writeMany.mockResolvedValue(MADE);
    await sync.writeMany(INPUTS, { answer: 'journaled' });
    await sync.idle();
    expect(keysOf(fastLists)).toEqual([['a', 'c']]);
    expect(keysOf(outboxLists)).toEqual([['events:b']]);
  });

  it('is that of each alone where one of them falls back, and one of those finds no outbox', async () => {
    const { sync, cache, fastOffer, outboxOffer, replicasHave } = serviceUnderTest();
    cache.writeMany.mockResolvedValue(MADE);
    fastOffer.mockImplementation(async ({ key }) => {
      if (key === 'c') throw new MutationRefusedError('no');
    });
    outboxOffer.mockImplementation(async ({ key }) => {
      if (key === 'c') throw new BatchTimeoutError();
    });
    replicasHave.mockRejectedValue(new NotReplicatedError(3, 0, 1));
    expect(await sync.writeMany(INPUTS)).toMatchObject([
      { method: 'ASYNC_THREAD' },
      { method: 'EVENT_BASED' },
      expect.any(NotReplicatedError),
    ]);
    expect(replicasHave.mock.calls).toHaveLength(1);
  });
});

describe('a write for which a newer one of its key stands', () => {
  const standing = aSet('a', 9, { slot: 3 });
  const older = aSet('a', 8, { slot: 3, standing });

  it('is in the shadow once that one is, and leaves its entry alone', async () => {
    const { sync, cache, fastOffer, acknowledged } = serviceUnderTest();
    cache.writeMany.mockResolvedValue([written(older), written(standing)]);
    expect(await sync.writeMany(INPUTS)).toMatchObject([
      { version: 8, method: 'ASYNC_THREAD' },
      { version: 9, method: 'ASYNC_THREAD' },
    ]);
    expect(fastOffer.mock.calls.map(([{ version }]) => version)).toEqual([9, 9]);
    expect(acknowledged).toMatchObject([{ version: 9 }]);
  });

  it('is so by itself as well', async () => {
    const { sync, cache, fastOffer, acknowledged } = serviceUnderTest();
    cache.set.mockResolvedValue(older);
    expect(await sync.set({ key: 'a', value: 'v' })).toMatchObject({ version: 8 });
    expect(fastOffer.mock.calls.map(([{ version }]) => version)).toEqual([9]);
    expect(acknowledged).toEqual([]);
  });
});
