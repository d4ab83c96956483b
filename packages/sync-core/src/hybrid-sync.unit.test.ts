import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BatcherFullError, BatchTimeoutError, MutationRefusedError } from './batching/batcher.js';
import type { Patience } from './batching/patience.js';
import type { MaybeMutated } from './cache/cache.js';
import type { SyncMode } from './config/sync-mode.js';
import type { BreakerStanding } from './control/circuit-breaker.js';
import type { LoadLevel } from './control/load-state.js';
import { CacheUnavailableError, JournalFullError, NotReplicatedError } from './errors.js';
import { HybridSync } from './hybrid-sync.js';
import { Metrics } from './metrics/metrics.js';
import { type Mutation, mutationBytes } from './mutation.js';
import { deferred } from './testing/deferred.js';
import { aDelete, aSet } from './testing/mutations.js';

const FAST_TIMEOUT_MS = 2000;
const OUTBOX_TIMEOUT_MS = 3000;
const SLOW_CALL_MS = 1000;
const EVENT_ONLY = ['events:'];

const taken = () => Promise.resolve();
const unchanged: MaybeMutated = { mutation: undefined, old: undefined };

/** A service on fakes: everything goes well unless a test says otherwise. */
function serviceUnderTest(mode: SyncMode = 'adaptive') {
  const acknowledged: Pick<Mutation, 'slot' | 'version'>[] = [];
  const metrics = new Metrics('api');
  const cache = {
    set: vi.fn(async (): Promise<Mutation> => aSet('k', 7, { slot: 3 })),
    delete: vi.fn(async () => ({ mutation: aDelete('k', 8), existed: true })),
    resync: vi.fn(async (): Promise<Mutation> => aSet('k', 9)),
    expire: vi.fn(async (): Promise<Mutation> => aSet('k', 9)),
    increment: vi.fn(async () => ({ mutation: aSet('k', 9), sum: 9n })),
    incrementFloat: vi.fn(async () => ({ mutation: aSet('k', 9), sum: '9' })),
    append: vi.fn(async (): Promise<Mutation> => aSet('k', 9)),
    setAllIfAbsent: vi.fn(async () => ({ mutations: [aSet('k', 9), aSet('l', 10)] })),
    setIf: vi.fn(async () => unchanged),
    getAndDelete: vi.fn(async () => unchanged),
    expireIf: vi.fn(async () => unchanged),
  };
  const fastOffer = vi.fn<(mutation: Mutation, patience: Patience) => Promise<void>>(taken);
  const outboxOffer = vi.fn<(mutation: Mutation, patience: Patience) => Promise<void>>(taken);
  const hasRoom = vi.fn(() => true);
  const outboxHasRoom = vi.fn(() => true);
  const fastStanding = vi.fn((): BreakerStanding => 'closed');
  const outboxStanding = vi.fn((): BreakerStanding => 'closed');
  const level = vi.fn((): LoadLevel => 'normal');
  const replicasHave = vi.fn(taken);
  const sync = new HybridSync({
    cache,
    fast: {
      batcher: { offer: fastOffer, hasRoom },
      breaker: { standing: fastStanding },
    },
    outbox: {
      batcher: { offer: outboxOffer, hasRoom: outboxHasRoom },
      breaker: { standing: outboxStanding },
    },
    acker: { acknowledge: (mutations) => void acknowledged.push(...mutations) },
    replicas: { has: replicasHave },
    load: { level },
    metrics,
    settings: () => ({
      mode,
      eventOnlyPrefixes: EVENT_ONLY,
      fastPathPaused: false,
      asyncTimeoutMs: FAST_TIMEOUT_MS,
      outboxTimeoutMs: OUTBOX_TIMEOUT_MS,
      breakerSlowCallMs: SLOW_CALL_MS,
    }),
    log: pino({ level: 'silent' }),
  });
  return {
    sync,
    cache,
    fastOffer,
    outboxOffer,
    hasRoom,
    outboxHasRoom,
    fastStanding,
    outboxStanding,
    level,
    replicasHave,
    acknowledged,
    metric: (name: string) => metrics.registry.getSingleMetricAsString(name),
  };
}
type Service = ReturnType<typeof serviceUnderTest>;

const PAIR = { key: 'k', value: 'v' };

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
  const obstacles: [reason: string, obstacle: (service: Service) => unknown, tried: boolean][] = [
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

describe('how long a write waits', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => void vi.useRealTimers();
  });

  /** A service whose fast path holds every write up for so long, in vain. */
  function heldUp(waitedMs: number, mode?: SyncMode) {
    const service = serviceUnderTest(mode);
    service.fastOffer.mockImplementation(async () => {
      await vi.advanceTimersByTimeAsync(waitedMs);
      throw new BatchTimeoutError();
    });
    return service;
  }
  const outboxPatience = ({ outboxOffer }: Service) => outboxOffer.mock.calls[0]?.[1];

  it('for the outbox counts what it has waited for the fast path', async () => {
    const service = heldUp(600, 'hybrid');
    await service.sync.set(PAIR);
    const timeoutMs = OUTBOX_TIMEOUT_MS - 600;
    expect(outboxPatience(service)).toEqual({ timeoutMs, busyTimeoutMs: timeoutMs });
  });

  it("goes by the call's mode", async () => {
    const service = heldUp(600, 'hybrid');
    await service.sync.set(PAIR, { mode: 'adaptive' });
    expect(service.fastOffer.mock.calls[0]?.[1]).toMatchObject({ busyTimeoutMs: SLOW_CALL_MS });
    expect(outboxPatience(service)).toMatchObject({ busyTimeoutMs: SLOW_CALL_MS - 600 });
  });

  it('for the outbox alone is its whole time', async () => {
    const service = serviceUnderTest('event-only');
    await service.sync.set(PAIR);
    expect(outboxPatience(service)).toEqual({
      timeoutMs: OUTBOX_TIMEOUT_MS,
      busyTimeoutMs: OUTBOX_TIMEOUT_MS,
    });
  });
});

describe('a write that MongoDB takes on neither path', () => {
  it('is JOURNALED, and stays in the journal', async () => {
    const { sync, fastOffer, outboxOffer, acknowledged } = serviceUnderTest();
    fastOffer.mockRejectedValue(new BatchTimeoutError());
    outboxOffer.mockRejectedValue(new BatchTimeoutError());
    expect(await sync.set(PAIR)).toMatchObject({ method: 'JOURNALED', fallbackReason: 'TIMEOUT' });
    expect(acknowledged).toEqual([]);
  });

  it('waits for replicas of Redis before it is answered, and is refused by name without them', async () => {
    const { sync, fastOffer, outboxOffer, replicasHave, acknowledged, metric } = serviceUnderTest();
    fastOffer.mockRejectedValue(new BatchTimeoutError());
    outboxOffer.mockRejectedValue(new BatchTimeoutError());
    await sync.set(PAIR);
    expect(replicasHave).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ version: 7 }),
      expect.any(Number),
    );
    replicasHave.mockRejectedValue(new NotReplicatedError(7, 0, 1));
    await expect(sync.set(PAIR)).rejects.toThrow(NotReplicatedError);
    expect(acknowledged).toEqual([]);
    expect(sync.answered.JOURNALED).toBe(1);
    expect(await metric('hybrid_sync_refused_total')).toContain('{code="NOT_REPLICATED",role="api"} 1');
  });

  it('is the only one that waits for them', async () => {
    const { sync, fastOffer, replicasHave } = serviceUnderTest();
    await sync.set(PAIR);
    fastOffer.mockRejectedValue(new BatchTimeoutError());
    await sync.set(PAIR);
    expect(sync.answered).toMatchObject({ ASYNC_THREAD: 1, EVENT_BASED: 1 });
    expect(replicasHave).not.toHaveBeenCalled();
  });

  it('is JOURNALED also when the outbox refuses the event', async () => {
    const { sync, outboxOffer, acknowledged } = serviceUnderTest('event-only');
    outboxOffer.mockRejectedValue(new MutationRefusedError('MongoDB error 10334'));
    expect(await sync.set(PAIR)).toMatchObject({ method: 'JOURNALED', fallbackReason: 'EVENT_ONLY' });
    expect(acknowledged).toEqual([]);
  });

  it("is JOURNALED at once while the outbox's breaker is open: nothing is offered", async () => {
    const { sync, fastStanding, outboxStanding, fastOffer, outboxOffer, acknowledged } = serviceUnderTest();
    fastStanding.mockReturnValue('open');
    outboxStanding.mockReturnValue('open');
    expect(await sync.set(PAIR)).toMatchObject({ method: 'JOURNALED', fallbackReason: 'BREAKER_OPEN' });
    expect(fastOffer).not.toHaveBeenCalled();
    expect(outboxOffer).not.toHaveBeenCalled();
    expect(acknowledged).toEqual([]);
  });
});

describe('a write that comes when an open breaker is due for a probe', () => {
  it('is that probe, but does not wait for it: a MongoDB that is away would cost it the whole timeout', async () => {
    const { sync, fastStanding, outboxStanding, fastOffer, outboxOffer, acknowledged } = serviceUnderTest();
    fastStanding.mockReturnValue('probe-due');
    outboxStanding.mockReturnValue('probe-due');
    const [fast, outbox] = [deferred<void>(), deferred<void>()];
    fastOffer.mockReturnValue(fast.promise);
    outboxOffer.mockReturnValue(outbox.promise);
    expect(await sync.set(PAIR)).toMatchObject({ method: 'JOURNALED', fallbackReason: 'BREAKER_OPEN' });
    expect(fastOffer).toHaveBeenCalledOnce();
    expect(outboxOffer).toHaveBeenCalledOnce();
    expect(acknowledged).toEqual([]);
    outbox.reject(new BatchTimeoutError());
    fast.resolve();
    await vi.waitFor(() => expect(acknowledged).toMatchObject([{ slot: 3, version: 7 }]));
  });

  it('of the outbox only, is that probe, too, although the fast path brings it through', async () => {
    const { sync, outboxStanding, outboxOffer } = serviceUnderTest();
    outboxStanding.mockReturnValue('probe-due');
    outboxOffer.mockReturnValue(deferred<void>().promise);
    expect(await sync.set(PAIR)).toMatchObject({ method: 'ASYNC_THREAD' });
    expect(outboxOffer).toHaveBeenCalledExactlyOnceWith(aSet('k', 7, { slot: 3 }), expect.anything());
    outboxStanding.mockReturnValue('open');
    await sync.set(PAIR);
    expect(outboxOffer).toHaveBeenCalledOnce();
  });

  it('of the outbox only, is no probe where that has no room', async () => {
    const { sync, outboxStanding, outboxOffer, outboxHasRoom } = serviceUnderTest();
    outboxStanding.mockReturnValue('probe-due');
    outboxHasRoom.mockReturnValue(false);
    expect(await sync.set(PAIR)).toMatchObject({ method: 'ASYNC_THREAD' });
    expect(outboxOffer).not.toHaveBeenCalled();
  });

  it('of the fast path only, is EVENT_BASED', async () => {
    const { sync, fastStanding, fastOffer } = serviceUnderTest();
    fastStanding.mockReturnValue('probe-due');
    fastOffer.mockReturnValue(deferred<void>().promise);
    expect(await sync.set(PAIR)).toMatchObject({ method: 'EVENT_BASED', fallbackReason: 'BREAKER_OPEN' });
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
