import { describe, expect, it, vi } from 'vitest';
import { BatcherFullError, BatchTimeoutError, MutationRefusedError } from './batching/batch-errors.js';
import { CacheUnavailableError, JournalFullError } from './errors.js';
import { type Mutation, mutationBytes } from './mutation.js';
import { deferred } from './testing/deferred.js';
import { aDelete, aSet } from './testing/mutations.js';
import {
  FAST_TIMEOUT_MS,
  PAIR,
  type ServiceUnderTest,
  SLOW_CALL_MS,
  serviceUnderTest,
} from './testing/service-under-test.js';

describe('a write that the fast path takes', () => {
  it('is answered with ASYNC_THREAD, and never offered to the outbox', async () => {
    const { sync, fastOffer, outboxOffer } = serviceUnderTest();
    expect(await sync.set(PAIR)).toEqual({ key: 'k', op: 'set', version: 7, method: 'ASYNC_THREAD' });
    expect(fastOffer).toHaveBeenCalledExactlyOnceWith(aSet('k', 7, { slot: 3 }), {
      timeoutMs: FAST_TIMEOUT_MS,
      busyTimeoutMs: SLOW_CALL_MS,
    });
    expect(outboxOffer).not.toHaveBeenCalled();
  });

  it('is acknowledged in the journal only when it is durable', async () => {
    const { sync, fastOffer, acknowledged } = serviceUnderTest();
    const durable = deferred<void>();
    fastOffer.mockReturnValue(durable.promise);
    const answer = sync.set(PAIR);
    await vi.waitFor(() => expect(fastOffer).toHaveBeenCalled());
    expect(acknowledged).toEqual([]);
    durable.resolve();
    await answer;
    expect(acknowledged).toMatchObject([{ slot: 3, version: 7 }]);
  });

  it('was asked for its size first, since room is counted in bytes', async () => {
    const { sync, hasRoom } = serviceUnderTest();
    await sync.set(PAIR);
    expect(hasRoom).toHaveBeenCalledExactlyOnceWith(mutationBytes(aSet('k', 7)));
  });

  it('is answered with its expiry if it has one', async () => {
    const { sync, cache } = serviceUnderTest();
    cache.set.mockResolvedValue(aSet('k', 7, { expireAt: 1234 }));
    expect(await sync.set({ ...PAIR, ttlSec: 1 })).toMatchObject({ expireAt: 1234 });
  });
});

describe('a write that the fast path does not bring through is EVENT_BASED, with the reason', () => {
  const obstacles: [reason: string, obstacle: (service: ServiceUnderTest) => unknown, tried: boolean][] = [
    ['TIMEOUT', ({ fastOffer }) => fastOffer.mockRejectedValue(new BatchTimeoutError()), true],
    ['QUEUE_FULL', ({ hasRoom }) => hasRoom.mockReturnValue(false), false],
    ['QUEUE_FULL', ({ fastOffer }) => fastOffer.mockRejectedValue(new BatcherFullError()), true],
    ['FAST_PATH_FAILED', ({ fastOffer }) => fastOffer.mockRejectedValue(new Error('away')), true],
    ['FAST_PATH_FAILED', ({ fastOffer }) => fastOffer.mockRejectedValue(new MutationRefusedError('2')), true],
    ['HIGH_LOAD', ({ level }) => level.mockReturnValue('high'), false],
    ['BREAKER_OPEN', ({ fastStanding }) => fastStanding.mockReturnValue('open'), false],
  ];

  it.each(obstacles)('%s', async (fallbackReason, obstacle, tried) => {
    const service = serviceUnderTest();
    obstacle(service);
    expect(await service.sync.set(PAIR)).toMatchObject({ version: 7, method: 'EVENT_BASED', fallbackReason });
    expect(service.fastOffer).toHaveBeenCalledTimes(tried ? 1 : 0);
    const event = { ...aSet('k', 7, { slot: 3 }), fallbackReason };
    expect(service.outboxOffer).toHaveBeenCalledExactlyOnceWith(event, expect.anything());
    expect(await service.metric('hybrid_sync_fallbacks_total')).toMatch(
      new RegExp(`reason="${fallbackReason}".* 1$`, 'm'),
    );
  });

  it('EVENT_ONLY, when the mode is event-only: the fast path is not tried', async () => {
    const { sync, fastOffer } = serviceUnderTest('event-only');
    expect(await sync.set(PAIR)).toMatchObject({ method: 'EVENT_BASED', fallbackReason: 'EVENT_ONLY' });
    expect(fastOffer).not.toHaveBeenCalled();
  });

  it('and is acknowledged in the journal only when the outbox holds it', async () => {
    const { sync, outboxOffer, acknowledged } = serviceUnderTest('event-only');
    const durable = deferred<void>();
    outboxOffer.mockReturnValue(durable.promise);
    const answer = sync.set(PAIR);
    await vi.waitFor(() => expect(outboxOffer).toHaveBeenCalled());
    expect(acknowledged).toEqual([]);
    durable.resolve();
    await answer;
    expect(acknowledged).toMatchObject([{ slot: 3, version: 7 }]);
  });
});

describe('the mode', () => {
  it("of a call is stronger than the service's own", async () => {
    const { sync, level } = serviceUnderTest('event-only');
    level.mockReturnValue('high');
    expect(await sync.set(PAIR, { mode: 'hybrid' })).toMatchObject({ method: 'ASYNC_THREAD' });
    expect(await sync.delete('k', {}, { mode: 'adaptive' })).toMatchObject({ fallbackReason: 'HIGH_LOAD' });
    expect(await sync.resync('k')).toMatchObject({ fallbackReason: 'EVENT_ONLY' });
  });

  it('is event-only for keys with such a prefix, for every kind of write', async () => {
    const { sync, cache, fastOffer } = serviceUnderTest();
    cache.set.mockResolvedValue(aSet('events:1', 7));
    cache.delete.mockResolvedValue({ mutation: aDelete('events:1', 8), existed: true });
    cache.resync.mockResolvedValue(aSet('events:1', 9));
    const writes = [
      sync.set({ key: 'events:1', value: 'v' }),
      sync.delete('events:1'),
      sync.resync('events:1'),
    ];
    for (const answer of await Promise.all(writes)) {
      expect(answer).toMatchObject({ method: 'EVENT_BASED', fallbackReason: 'EVENT_ONLY' });
    }
    expect(fastOffer).not.toHaveBeenCalled();
  });

  it('adaptive tries the fast path while load is not known', async () => {
    const { sync, level } = serviceUnderTest();
    level.mockReturnValue('unknown');
    expect(await sync.set(PAIR)).toMatchObject({ method: 'ASYNC_THREAD' });
  });
});

it('several pairs that are set together are each synced and answered', async () => {
  const { sync, fastOffer } = serviceUnderTest();
  const pairs = ['k', 'l'].map((key) => ({ key, value: 'v' }));
  expect(await sync.setAllIfAbsent({ pairs })).toMatchObject([
    { key: 'k', version: 9, method: 'ASYNC_THREAD' },
    { key: 'l', version: 10, method: 'ASYNC_THREAD' },
  ]);
  expect(fastOffer).toHaveBeenCalledTimes(2);
});

describe('a delete', () => {
  it.each([true, false])('says whether there was a pair: %s', async (existed) => {
    const { sync, cache } = serviceUnderTest();
    cache.delete.mockResolvedValue({ mutation: aDelete('k', 8), existed });
    expect(await sync.delete('k')).toEqual({
      key: 'k',
      op: 'del',
      version: 8,
      method: 'ASYNC_THREAD',
      existed,
    });
  });

  it('names who caused it to the cache', async () => {
    const { sync, cache } = serviceUnderTest();
    const origin = { sessionId: 's', interactionId: 'i' };
    await sync.delete('k', origin);
    expect(cache.delete).toHaveBeenCalledWith('k', origin);
  });
});

describe('a write that the cache refuses', () => {
  it.each([
    [new JournalFullError(3, 20_000), 'JOURNAL_FULL'],
    [new CacheUnavailableError('setting a pair', new Error('away')), 'CACHE_UNAVAILABLE'],
  ])('is refused with its error, counted, and never synced: %s', async (error, code) => {
    const { sync, cache, fastOffer, outboxOffer, acknowledged, metric } = serviceUnderTest();
    cache.set.mockRejectedValue(error);
    await expect(sync.set(PAIR)).rejects.toBe(error);
    expect(await metric('hybrid_sync_refused_total')).toMatch(new RegExp(`code="${code}".* 1$`, 'm'));
    expect(fastOffer).not.toHaveBeenCalled();
    expect(outboxOffer).not.toHaveBeenCalled();
    expect(acknowledged).toEqual([]);
    expect(sync.answered).toEqual({ ASYNC_THREAD: 0, EVENT_BASED: 0, JOURNALED: 0 });
  });
});

it('is idle when every write has its answer, refused ones included', async () => {
  const { sync, cache, fastOffer } = serviceUnderTest();
  await sync.idle();
  const [inRedis, inMongo] = [deferred<Mutation>(), deferred<void>()];
  cache.set.mockReturnValueOnce(inRedis.promise);
  fastOffer.mockReturnValueOnce(inMongo.promise);
  const [refused, answered] = [sync.set({ key: 'k', value: 'v' }), sync.delete('k')];
  const idle = vi.fn();
  const both = Promise.all([sync.idle().then(idle), sync.idle().then(idle)]);
  inRedis.reject(new CacheUnavailableError('setting a pair', new Error('gone')));
  await expect(refused).rejects.toThrow(CacheUnavailableError);
  expect(idle).not.toHaveBeenCalled();
  inMongo.resolve();
  await answered;
  await both;
  expect(idle).toHaveBeenCalledTimes(2);
});

it('counts its answers by method', async () => {
  const { sync, fastStanding, outboxStanding, metric } = serviceUnderTest();
  await sync.set(PAIR);
  fastStanding.mockReturnValue('open');
  await sync.set(PAIR);
  await sync.delete('k');
  outboxStanding.mockReturnValue('open');
  await sync.resync('k');
  expect(sync.answered).toEqual({ ASYNC_THREAD: 1, EVENT_BASED: 2, JOURNALED: 1 });
  expect(await metric('hybrid_sync_mutations_total')).toMatch(/op="del",method="EVENT_BASED".* 1$/m);
});
