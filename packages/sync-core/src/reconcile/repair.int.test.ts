import { Long } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { slotOf } from '../cache/keys.js';
import { Damage, directSync } from '../testing/damage.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { repairAfter } from '../testing/repair-after.js';
import { DIFFERENCE_KINDS, type DifferenceKind } from './difference.js';
import { DIRECTION_OF } from './mending.js';
import { repair } from './repair.js';
import { restore } from './restore.js';
import { verify } from './verify.js';
import { verifyKey } from './verify-key.js';

const SLOTS = 2;
let world: RealWorld;
let damage: Damage;
let sync: ReturnType<typeof directSync>;
beforeAll(async () => {
  world = await realWorld(SLOTS);
  damage = new Damage(world);
  sync = directSync(world);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const apply = () => repair(world, sync, { apply: true, patienceMs: 2000 });
const dryRun = () => repair(world, sync, { apply: false, patienceMs: 2000 });
const contents = async () => ({
  pairs: (await world.cache.getMany(KEYS)).map((pair) => pair && { ...pair }),
  shadows: await world.db.collection('kv_shadow').find().sort({ _id: 1 }).toArray(),
  journal: await world.journal.totalLength(),
});
const KEYS = ['a', 'b', 'c', 'd'];

/** The ways in which a key came to what it holds now: `NEWEST`, and an expiry. */
const NEWEST = '42';
const LAST_WRITES = {
  'a set': () => sync.set({ key: 'a', value: NEWEST, ttlSec: 3600 }),
  'a changed expiry': async () => {
    await sync.set({ key: 'a', value: NEWEST, ttlSec: 60 });
    await sync.expire({ key: 'a', ttlSec: 3600 });
  },
  'an addition': async () => {
    await sync.set({ key: 'a', value: '2', ttlSec: 3600 });
    await sync.increment({ key: 'a', by: 40 });
  },
};
type LastWrite = keyof typeof LAST_WRITES;

/** Two sound keys beside the one that is damaged. */
async function damaged(kind: DifferenceKind, lastWrite: LastWrite = 'a set'): Promise<void> {
  for (const key of ['b', 'c']) await sync.set({ key, value: `value of ${key}` });
  await LAST_WRITES[lastWrite]();
  if (kind === 'orphaned-tombstone') await sync.delete('a');
  await damage.cause(kind, 'a');
}

const MENDABLE = DIFFERENCE_KINDS.filter((kind) => DIRECTION_OF[kind] !== 'none');

const EACH_DAMAGE = (Object.keys(LAST_WRITES) as LastWrite[]).flatMap((lastWrite) =>
  MENDABLE.map((kind) => ({ kind, lastWrite })),
);

describe.each(EACH_DAMAGE)('$kind after $lastWrite', ({ kind, lastWrite }) => {
  it('is found, and nothing else is', async () => {
    await damaged(kind, lastWrite);
    const report = await verify(world, { patienceMs: 2000 });
    expect(report).toMatchObject({ complete: true, health: 'ISSUES_DETECTED', differing: 1, undecided: 0 });
    expect(report.kinds[kind]).toBe(1);
    expect(report.samples).toMatchObject([{ key: 'a', kind }]);
  });

  it('is planned by a dry run, which changes nothing', async () => {
    await damaged(kind, lastWrite);
    const before = await contents();
    const { plan, applied } = await dryRun();
    expect({ plan, applied }).toEqual({
      applied: false,
      plan: DIRECTION_OF[kind] === 'to-cache' ? { toShadow: 0, toCache: 1 } : { toShadow: 1, toCache: 0 },
    });
    expect(await contents()).toEqual(before);
  });

  it('is mended in the right direction', async () => {
    await damaged(kind, lastWrite);
    const pairBefore = await world.cache.get('a');
    const shadowBefore = await world.shadows.find('a');
    const { done } = await apply();
    expect(done).toMatchObject({ changedMeanwhile: 0, failed: 0 });
    expect(await verify(world)).toMatchObject({ health: 'HEALTHY', differing: 0 });
    const pair = await world.cache.get('a');
    if (kind === 'orphaned-tombstone') {
      expect(pair).toBeUndefined();
      expect(await world.shadows.find('a')).toHaveProperty('purgeAt');
      return;
    }
    expect(pair?.value).toBe(NEWEST);
    const source =
      DIRECTION_OF[kind] === 'to-cache' ? shadowBefore?.expireAt?.getTime() : pairBefore?.expireAt;
    expect(pair?.expireAt).toBe(source);
  });
});

describe.each([
  ['without a version', { foo: 1 }],
  ['with a text as version', { version: 'text', lastValue: 'x', slot: 0 }],
  ['with a version beyond safe integers', { version: Long.MAX_VALUE, lastValue: 'x', slot: 0 }],
])('a foreign document %s', (_, document) => {
  beforeEach(async () => {
    await damaged('foreign-document');
    await damage.putForeignDocument('a', document);
  });

  it('is counted and named, with what waits for its key still on its way', async () => {
    const refused = await world.cache.set({ key: 'a', value: 'acknowledged' });
    await world.outbox.add([refused]);
    const report = await verify(world, { patienceMs: 200 });
    expect(report).toMatchObject({ health: 'ISSUES_DETECTED', differing: 1, undecided: 0 });
    expect(report.samples).toEqual([{ key: 'a', kind: 'foreign-document', cacheVersion: refused.version }]);
    expect(await verifyKey(world, 'a', { patienceMs: 200 })).toMatchObject({
      state: 'DIFFERS',
      shadow: undefined,
    });
  });

  it('is left alone by a repair, which says so, and by a restore, whatever the cache lost', async () => {
    await damage.dropPair('a');
    const before = await contents();
    expect(await apply()).toMatchObject({
      plan: { toShadow: 0, toCache: 0 },
      done: { restored: 0, resynced: 0, removed: 0, failed: 1 },
      kinds: { 'foreign-document': 1 },
    });
    expect(await restore(world)).toMatchObject({ complete: true, shadows: 2, restored: 0, foreign: 1 });
    expect(await contents()).toEqual(before);
  });
});

it('a delete that the cache lost is made good: the older pair goes', async () => {
  const first = await sync.set({ key: 'a', value: 'older' });
  await sync.delete('a');
  await damage.rollPairBack('a', 'older', first.version);
  expect(await verify(world)).toMatchObject({ kinds: { 'shadow-ahead': 1 } });
  expect((await apply()).done).toMatchObject({ removed: 1 });
  expect(await world.cache.get('a')).toBeUndefined();
  expect(await verify(world)).toMatchObject({ health: 'HEALTHY' });
});

const applyAfter = (...happening: [happens: () => Promise<unknown>, patienceMs?: number]) =>
  repairAfter(world, sync, ...happening);

describe('a key that changes between the look and the repair is left alone:', () => {
  it('the cache loses the pair that was to be synced: its shadow must not become a tombstone', async () => {
    await sync.set({ key: 'a', value: 'newest' });
    await damage.cause('value-differs', 'a');
    const { done } = await applyAfter(() => damage.dropPair('a'));
    expect(done).toMatchObject({ resynced: 0, changedMeanwhile: 1 });
    expect(await world.shadows.find('a')).not.toHaveProperty('deleted');
  });

  it('a client deletes the key that was to be restored', async () => {
    await sync.set({ key: 'a', value: 'lost' });
    await damage.cause('cache-missing', 'a');
    const { done } = await applyAfter(() => sync.delete('a'));
    expect(done).toMatchObject({ restored: 0, changedMeanwhile: 1 });
    expect(await world.cache.get('a')).toBeUndefined();
  });

  it('a client sets the key that was to be restored', async () => {
    await sync.set({ key: 'a', value: 'lost' });
    await damage.cause('shadow-ahead', 'a');
    const { done } = await applyAfter(() => sync.set({ key: 'a', value: 'newest' }));
    expect(done).toMatchObject({ restored: 0, changedMeanwhile: 1 });
    expect(await world.cache.get('a')).toMatchObject({ value: 'newest' });
  });
});

describe('that the cache has no pair is no reason to write a delete:', () => {
  /** Written after the look, acknowledged, and lost from the cache before the shadow has it. */
  const writtenAndLost = async () => {
    await world.cache.set({ key: 'a', value: 'the last copy' });
    await damage.dropPair('a');
  };
  const orphaned = async () => {
    await sync.set({ key: 'a', value: 'old' });
    await sync.delete('a');
    await damage.cause('orphaned-tombstone', 'a');
  };
  const arrive = async () => {
    const overdue = await world.journal.overdue(slotOf('a', SLOTS), Date.now() + 60_000, 10);
    await world.shadows.apply(overdue, 'EVENT_BASED');
    await world.journal.remove(overdue);
  };

  it('a newer mutation is on its way', async () => {
    await orphaned();
    const { done } = await applyAfter(writtenAndLost, 500);
    expect(done).toMatchObject({ resynced: 0, failed: 1 });
    await arrive();
    expect(await world.shadows.find('a')).toMatchObject({ lastValue: 'the last copy' });
  });

  it('a newer mutation has arrived since', async () => {
    await orphaned();
    const { done } = await applyAfter(async () => {
      await writtenAndLost();
      await arrive();
    });
    expect(done).toMatchObject({ resynced: 0, changedMeanwhile: 1 });
    expect(await world.shadows.find('a')).toMatchObject({ lastValue: 'the last copy' });
  });

  it('a newer mutation comes after everything was awaited', async () => {
    await orphaned();
    const findMany = vi.spyOn(world.shadows, 'findMany');
    const { restorer } = world;
    const watch = async () => {
      const watched = await restorer.watch();
      findMany.mockImplementationOnce(async () => {
        await writtenAndLost();
        return [];
      });
      return watched;
    };
    const { done } = await repair(
      {
        ...world,
        restorer: {
          watch,
          raiseClocks: (versions) => restorer.raiseClocks(versions),
          restore: (...args) => restorer.restore(...args),
        },
      },
      sync,
      { apply: true, patienceMs: 2000 },
    ).finally(() => findMany.mockRestore());
    expect(done).toMatchObject({ resynced: 0, changedMeanwhile: 1 });
    await arrive();
    expect(await world.shadows.find('a')).toMatchObject({ lastValue: 'the last copy' });
  });
});

it('is not restored while a newer mutation of it may wait in the outbox', async () => {
  await sync.set({ key: 'a', value: 'old' });
  const newer = await world.cache.set({ key: 'a', value: 'newest' });
  await world.outbox.add([newer]);
  await world.journal.remove([newer]);
  await damage.dropPair('a'); // Redis lost it
  const report = await repair(world, sync, { apply: true, patienceMs: 500 });
  expect(report).toMatchObject({ differing: 0, undecided: 1, health: 'UNKNOWN' });
  expect(await world.cache.get('a')).toBeUndefined();
});
