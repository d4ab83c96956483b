import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { BatchTimeoutError } from './batching/batch-errors.js';
import type { CacheWrites } from './cache/cache-writes.js';
import { NotReplicatedError } from './errors.js';
import { HybridSync } from './hybrid-sync.js';
import { Metrics } from './metrics/metrics.js';
import type { Mutation } from './mutation.js';
import { deferred } from './testing/deferred.js';
import { aSet } from './testing/mutations.js';
import { eachBy } from './testing/offered.js';

const PAIR = { key: 'k', value: 'v' };
const JOURNALED = { answer: 'journaled' } as const;

/** A service whose fast path takes each mutation when the test says so. */
function serviceUnderTest() {
  const acknowledged: number[] = [];
  const fast = deferred<void>();
  // A test may refuse before the write's turn has come.
  fast.promise.catch(() => undefined);
  const fastOffer = vi.fn(() => fast.promise);
  const outboxOffer = vi.fn(() => Promise.resolve());
  const replicasHave = vi.fn(() => Promise.resolve());
  const health = { kept: vi.fn(), notKept: vi.fn() };
  const metrics = new Metrics('api');
  const cache = {
    set: async (): Promise<Mutation> => aSet('k', 7),
    setIf: async () => ({ mutation: undefined, old: 'there' }),
  };
  const path = (offer: () => Promise<void>) => ({
    batcher: { offer: eachBy(offer), hasRoom: () => true },
    breaker: { standing: () => 'closed' as const },
  });
  const sync = new HybridSync({
    cache: cache as unknown as CacheWrites,
    fast: path(fastOffer),
    outbox: path(outboxOffer),
    acker: {
      acknowledge: (mutations) => {
        for (const { version } of mutations) acknowledged.push(version);
      },
    },
    replicas: { has: replicasHave },
    health,
    load: { level: () => 'normal' },
    metrics,
    settings: () => ({
      mode: 'adaptive',
      eventOnlyPrefixes: [],
      fastPathPaused: false,
      asyncTimeoutMs: 1000,
      outboxTimeoutMs: 1000,
      breakerSlowCallMs: 1000,
    }),
    log: pino({ level: 'silent' }),
  });
  const metric = (name: string) => metrics.registry.getSingleMetricAsString(name);
  return { sync, fast, fastOffer, outboxOffer, replicasHave, health, acknowledged, metric };
}

describe('a write that is to be answered from the journal', () => {
  it('is answered before MongoDB has it, and tells later how far it got', async () => {
    const { sync, fast, acknowledged, metric } = serviceUnderTest();
    const { synced, ...answer } = await sync.set(PAIR, JOURNALED);
    expect(answer).toEqual({ key: 'k', op: 'set', version: 7, method: 'JOURNALED' });
    expect(acknowledged).toEqual([]);
    expect(sync.behind).toBe(1);
    expect(sync.answered).toEqual({ ASYNC_THREAD: 0, EVENT_BASED: 0, JOURNALED: 0 });
    fast.resolve();
    expect(await synced).toEqual({ method: 'ASYNC_THREAD' });
    expect(acknowledged).toEqual([7]);
    expect(sync.behind).toBe(0);
    expect(sync.answered).toEqual({ ASYNC_THREAD: 1, EVENT_BASED: 0, JOURNALED: 0 });
    expect(await metric('hybrid_sync_mutations_total')).toMatch(/op="set",method="ASYNC_THREAD".* 1$/m);
  });

  it('goes by the outbox behind its answer where the fast path does not take it', async () => {
    const { sync, fast, outboxOffer, acknowledged } = serviceUnderTest();
    const { synced } = await sync.set(PAIR, JOURNALED);
    fast.reject(new BatchTimeoutError());
    expect(await synced).toEqual({ method: 'EVENT_BASED', fallbackReason: 'TIMEOUT' });
    expect(outboxOffer).toHaveBeenCalledOnce();
    expect(acknowledged).toEqual([7]);
  });

  it('stays in the journal where MongoDB takes neither', async () => {
    const { sync, fast, outboxOffer, acknowledged } = serviceUnderTest();
    outboxOffer.mockRejectedValue(new BatchTimeoutError());
    const { synced } = await sync.set(PAIR, JOURNALED);
    fast.reject(new BatchTimeoutError());
    expect(await synced).toMatchObject({ method: 'JOURNALED' });
    expect(acknowledged).toEqual([]);
    expect(sync.answered.JOURNALED).toBe(1);
  });

  it('waits for the replicas that are asked for', async () => {
    const { sync, replicasHave, health } = serviceUnderTest();
    const replicated = deferred<void>();
    replicasHave.mockReturnValueOnce(replicated.promise);
    const answered = vi.fn();
    const answer = sync.set(PAIR, JOURNALED).then(answered);
    await vi.waitFor(() =>
      expect(replicasHave).toHaveBeenCalledWith(expect.objectContaining({ version: 7 }), expect.any(Number)),
    );
    expect(answered).not.toHaveBeenCalled();
    expect(health.kept).not.toHaveBeenCalled();
    replicated.resolve();
    await answer;
    expect(health.kept).toHaveBeenCalledOnce();
  });

  it('is answered by how far it got where too few have it and MongoDB does', async () => {
    const { sync, fast, replicasHave, health, acknowledged } = serviceUnderTest();
    replicasHave.mockRejectedValue(new NotReplicatedError(7, 0, 1));
    fast.resolve();
    expect(await sync.set(PAIR, JOURNALED)).toEqual({
      key: 'k',
      op: 'set',
      version: 7,
      method: 'ASYNC_THREAD',
    });
    expect(acknowledged).toEqual([7]);
    expect(health.kept).toHaveBeenCalledOnce();
    expect(health.notKept).not.toHaveBeenCalled();
  });

  it('is refused where neither has it, which no sync behind another answer makes up for', async () => {
    const { sync, fast, outboxOffer, replicasHave, health, metric } = serviceUnderTest();
    replicasHave.mockRejectedValue(new NotReplicatedError(7, 0, 1));
    outboxOffer.mockRejectedValue(new BatchTimeoutError());
    fast.reject(new BatchTimeoutError());
    await expect(sync.set(PAIR, JOURNALED)).rejects.toThrow(NotReplicatedError);
    expect(health.notKept).toHaveBeenCalledExactlyOnceWith('NOT_REPLICATED', expect.any(Number));
    expect(health.kept).not.toHaveBeenCalled();
    expect(await metric('hybrid_sync_refused_total')).toContain('{code="NOT_REPLICATED",role="api"} 1');
  });

  it('keeps the service from being idle until it is synced', async () => {
    const { sync, fast } = serviceUnderTest();
    await sync.set(PAIR, JOURNALED);
    const idle = vi.fn();
    const whenIdle = sync.idle().then(idle);
    await new Promise(setImmediate);
    expect(idle).not.toHaveBeenCalled();
    fast.resolve();
    await whenIdle;
  });
});

it.each(['synced', 'journaled'] as const)(
  'a write that changes nothing is neither synced nor counted: %s',
  async (answer) => {
    const { sync, fastOffer, replicasHave, metric } = serviceUnderTest();
    expect(await sync.setIf({ ...PAIR, onlyIf: 'absent', returnOld: true }, { answer })).toEqual({
      answer: undefined,
      old: 'there',
    });
    expect(fastOffer).not.toHaveBeenCalled();
    expect(replicasHave).not.toHaveBeenCalled();
    expect(await metric('hybrid_sync_mutations_total')).not.toMatch(/ [1-9]\d*$/m);
    await sync.idle();
  },
);
