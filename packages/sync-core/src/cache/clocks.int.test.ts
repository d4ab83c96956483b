import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '../metrics/metrics.js';
import { drainSlot } from '../projection/drain-slot.js';
import { restore } from '../reconcile/restore.js';
import { verify } from '../reconcile/verify.js';
import type { ScriptedRedis } from '../redis/scripts.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Cache } from './cache.js';
import { Journal } from './journal.js';
import { CacheKeys } from './keys.js';

const DAY = 86_400_000_000;
const BOUND = () => ({
  journalMaxPerSlot: 100,
  journalMaxBytesPerSlot: 1_000_000,
  redisTimeoutMs: 2000,
  maxValueBytes: 1000,
});

let world: RealWorld;
let keys: CacheKeys;
beforeAll(async () => {
  world = await realWorld(2);
  keys = new CacheKeys(world.settings.namespace, 2);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

/** A pod that has given no version yet. */
const pod = () => new Cache(world.redis as ScriptedRedis, keys, BOUND);
const dayAhead = async () => (await world.journal.now(0)) * 1000 + DAY;
const setClocks = async (version: number | string) => {
  for (let slot = 0; slot < 2; slot++) await world.redis.set(keys.clock(slot), version);
};
const drain = (slot: number, recoverAfterMs: number) =>
  drainSlot(
    slot,
    { ...world, metrics: new Metrics('projector'), log: pino({ level: 'silent' }) },
    { batch: 100, recoverAfterMs },
    new AbortController().signal,
  );

describe("a slot whose versions are ahead of Redis' clock", () => {
  it('has its entries overdue by their real age', async () => {
    await setClocks(await dayAhead());
    const { slot, version } = await pod().set({ key: 'a', value: 'v' });
    const now = await world.journal.now(0);
    expect(await world.journal.slotsOverdue(5000)).toEqual(new Map());
    expect(await world.journal.overdue(slot, now - 5000, 10)).toEqual([]);
    expect(await world.journal.slotsOverdue(-1000)).toEqual(new Map([[slot, version]]));
    expect(await world.journal.overdue(slot, now + 1000, 10)).toMatchObject([{ key: 'a' }]);
    await drain(slot, -1000);
    expect(await world.shadows.find('a')).toMatchObject({ lastValue: 'v' });
    expect(await world.journal.totalLength()).toBe(0);
  });

  it('tells the real age of its oldest entry, and how far it is ahead', async () => {
    await setClocks(await dayAhead());
    await pod().set({ key: 'a', value: 'v' });
    await expect.poll(async () => (await world.journal.depth()).oldestMs).toBeGreaterThan(20);
    const { oldestMs, clockLeadMs } = await world.journal.depth();
    expect(oldestMs).toBeLessThan(60_000);
    expect(Math.abs(clockLeadMs - DAY / 1000)).toBeLessThan(60_000);
  });

  it('has entries overdue at once that do not say when they were appended', async () => {
    const version = await dayAhead();
    await world.redis.xadd(keys.journal(0), `${version}-0`, 'op', 'set', 'key', 'old', 'value', 'of 0.1.0');
    // One that did not look before: of one that did, the slot's turn comes as soon as anything else could be overdue.
    const journal = new Journal(world.redis as ScriptedRedis, keys);
    expect(await journal.slotsOverdue(5000)).toEqual(new Map([[0, version]]));
    await drain(0, 5000);
    expect(await world.shadows.find('old')).toMatchObject({ lastValue: 'of 0.1.0' });
    await world.redis.xadd(keys.journal(0), `${version + 1}-0`, 'op', 'set', 'key', 'old', 'value', '2');
    await world.journal.depth();
    await expect.poll(async () => (await world.journal.depth()).oldestMs).toBeGreaterThan(20);
  });

  it('writes no shadow that was written in the future', async () => {
    await setClocks(await dayAhead());
    const mutation = await pod().set({ key: 'a', value: 'v' });
    await world.shadows.apply([mutation], 'ASYNC_THREAD');
    const shadow = await world.shadows.find('a');
    expect(shadow?.lastWriteAt.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('has events whose age is known', async () => {
    await setClocks(await dayAhead());
    await world.outbox.add([await pod().set({ key: 'a', value: 'v' })]);
    const [first] = (await world.outbox.firstInLine(2)).values();
    expect(Math.abs((first?.since ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('keeps no verification and no restore waiting for the other slots', async () => {
    await world.redis.set(keys.clock(0), await dayAhead());
    const cache = pod();
    const perSlot = ['a', 'b', 'c', 'd'].map((key) => cache.set({ key, value: 'v' }));
    const mutations = await Promise.all(perSlot);
    expect(new Set(mutations.map(({ slot }) => slot)).size).toBe(2);
    await world.shadows.apply(mutations, 'ASYNC_THREAD');
    await world.journal.remove(mutations);
    await world.redis.del(keys.pair(0, 'a'), keys.pair(1, 'a'));
    // Clients go on writing to the slots: something is always on its way.
    const busy = { ...world, journal: world.journal, outbox: world.outbox };
    const writing = Object.assign(Object.create(world.journal), {
      oldest: async () => {
        await cache.set({ key: 'b', value: 'later' });
        await cache.set({ key: 'c', value: 'later' });
        const written = await world.journal.oldest();
        await Promise.all([drain(0, -1000), drain(1, -1000)]);
        return written;
      },
    });
    const options = { patienceMs: 2000 };
    expect(await verify({ ...busy, journal: writing }, options)).toMatchObject({ undecided: 0 });
    expect(await restore({ ...busy, journal: writing }, options)).toMatchObject({ complete: true });
  });
});

describe("a slot's clock", () => {
  it.each([
    ['lost', async (clock: string) => world.redis.del(clock)],
    ['set back', async (clock: string) => world.redis.set(clock, '5')],
    ['text', async (clock: string) => world.redis.set(clock, 'noon')],
    ['beyond all versions', async (clock: string) => world.redis.set(clock, '9'.repeat(30))],
    ['of another type', async (clock: string) => world.redis.multi().del(clock).lpush(clock, 'x').exec()],
  ])('that is %s stops no write, and versions rise', async (_, spoil) => {
    await setClocks(await dayAhead());
    const first = await pod().set({ key: 'a', value: '1' });
    await spoil(keys.clock(first.slot));
    const second = await pod().set({ key: 'a', value: '2' });
    expect(second.version).toBeGreaterThan(first.version);
    await spoil(keys.clock(first.slot));
    const again = await pod().resync('a');
    expect(again.version).toBeGreaterThan(second.version);
    await spoil(keys.clock(first.slot));
    expect((await pod().delete('a')).mutation.version).toBeGreaterThan(again.version);
  });

  it('that was set back together with all data is raised by what the pod knows', async () => {
    const survivor = pod();
    await setClocks(await dayAhead());
    const before = await survivor.set({ key: 'a', value: 'lost by the fail-over' });
    await world.shadows.apply([before], 'ASYNC_THREAD');
    const keysNow = await world.redis.keys(`${world.settings.namespace}:*`);
    await world.redis.del(...keysNow);
    const after = await survivor.set({ key: 'a', value: 'new' });
    expect(after.version).toBeGreaterThan(before.version);
    expect(await world.shadows.apply([after], 'ASYNC_THREAD')).toMatchObject({ applied: 1, stale: 0 });
  });
});

it('events that are ahead of a clock that was lost are waited for by a restore', async () => {
  await setClocks(await dayAhead());
  const lost = await pod().set({ key: 'a', value: 'v' });
  await world.outbox.add([lost]);
  const all = await world.redis.keys(`${world.settings.namespace}:*`);
  await world.redis.del(...all);
  expect(await restore(world, { patienceMs: 200 })).toMatchObject({ complete: false });
  await drain(lost.slot, -1000);
  expect(await restore(world, { patienceMs: 2000 })).toMatchObject({ complete: true, restored: 1 });
});
