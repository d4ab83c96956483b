import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aDelete, aSet } from '../testing/mutations.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { CacheKeys } from './keys.js';

let world: RealWorld;
let keys: CacheKeys;
beforeAll(async () => {
  world = await realWorld(1);
  keys = new CacheKeys(world.settings.namespace, 1);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const now = () => world.journal.now(0);
/** Restores under a watch of this moment. */
const restore = async (...shadows: Parameters<typeof world.restorer.restore>[0]) =>
  world.restorer.restore(shadows, (await world.restorer.watch()).since);

describe('a restored pair', () => {
  it('has the value, version and expiry of its shadow, and nothing is journaled', async () => {
    const expireAt = (await now()) + 60_000;
    const outcomes = await restore(aSet('a', 7), aSet('b', 8, { value: '', expireAt }));
    expect([...outcomes]).toEqual([
      ['a', 'restored'],
      ['b', 'restored'],
    ]);
    expect(await world.cache.getMany(['a', 'b'])).toEqual([
      { key: 'a', value: 'a at 7', version: 7 },
      { key: 'b', value: '', version: 8, expireAt },
    ]);
    expect(await world.journal.totalLength()).toBe(0);
  });

  it('takes the place of an older one, expiry included', async () => {
    await world.cache.set({ key: 'a', value: 'old', ttlSec: 60 });
    const version = (await now()) * 1000 + 60_000_000;
    expect([...(await restore(aSet('a', version, { value: 'new' })))]).toEqual([['a', 'restored']]);
    expect(await world.cache.get('a')).toEqual({ key: 'a', value: 'new', version });
  });

  it('moves the clock: the next version is above it', async () => {
    const ahead = (await now()) * 1000 + 3_600_000_000;
    await restore(aSet('a', ahead));
    expect(await world.cache.set({ key: 'b', value: 'v' })).toHaveProperty('version', ahead + 1);
  });
});

describe('is not restored:', () => {
  it.each([
    ['a pair of the same version', 0],
    ['a newer pair', 1],
  ])('%s', async (_, behind) => {
    const { version } = await world.cache.set({ key: 'a', value: 'cached' });
    expect([...(await restore(aSet('a', version - behind)))]).toEqual([['a', 'newer']]);
    expect(await world.cache.get('a')).toEqual({ key: 'a', value: 'cached', version });
  });

  it('what a client deleted since the watch stands', async () => {
    const { since } = await world.restorer.watch();
    await world.cache.delete('a');
    expect([...(await world.restorer.restore([aSet('a'), aSet('b')], since))]).toEqual([
      ['a', 'newer'],
      ['b', 'restored'],
    ]);
    expect(await world.cache.get('a')).toBeUndefined();
  });

  it('what a client set since then, and has expired or was evicted again', async () => {
    const { since } = await world.restorer.watch();
    await world.cache.set({ key: 'a', value: 'short-lived', ttlSec: 1 });
    await world.redis.del(keys.pair(0, 'a'));
    expect([...(await world.restorer.restore([aSet('a')], since))]).toEqual([['a', 'newer']]);
  });

  it('a set that has expired, or a delete', async () => {
    const outcomes = await restore(aSet('a', 1, { expireAt: await now() }), aDelete('b'));
    expect([...outcomes.values()]).toEqual(['absent', 'absent']);
    expect(await world.cache.getMany(['a', 'b'])).toEqual([undefined, undefined]);
  });
});

it('a newer delete or expired set removes an older pair', async () => {
  await world.cache.set({ key: 'a', value: 'old' });
  const version = (await world.cache.set({ key: 'b', value: 'old' })).version + 1;
  const outcomes = await restore(aSet('a', version, { expireAt: await now() }), aDelete('b', version));
  expect([...outcomes.values()]).toEqual(['removed', 'removed']);
  expect(await world.cache.getMany(['a', 'b'])).toEqual([undefined, undefined]);
});

/** Since when slot 0 is watched. */
const watched = async () => (await world.restorer.watch()).since.get(0) ?? 0;

describe('without a watch all the time nothing is restored:', () => {
  const expectUnwatched = async (since: number) => {
    expect([...(await world.restorer.restore([aSet('a')], new Map([[0, since]])))]).toEqual([
      ['a', 'unwatched'],
    ]);
    expect(await world.cache.get('a')).toBeUndefined();
  };

  it('there is none', async () => expectUnwatched((await now()) * 1000));

  it('it had a gap', async () => {
    const since = await watched();
    await world.redis.del(keys.changed(0)); // as its expiry does
    await world.restorer.watch();
    await expectUnwatched(since);
  });

  it('the moment is too long ago', async () => {
    await world.restorer.watch();
    await world.redis.zadd(keys.changed(0), '1', ''); // it stands for long
    await expectUnwatched((await now()) * 1000 - 91_000_000);
  });

  it("the moment is still to come, since Redis' clock went back", async () => {
    const since = await watched();
    await expectUnwatched(since + 600_000_000);
  });
});

describe("after Redis' clock went back", () => {
  it('a slot is watched anew, and restored', async () => {
    const later = (await now()) * 1000 + 600_000_000;
    await world.redis.zadd(keys.changed(0), later, '');
    await world.redis.pexpire(keys.changed(0), 720_000);
    expect([...(await restore(aSet('a')))]).toEqual([['a', 'restored']]);
  });

  it('a watch that no one prolongs ends all the same', async () => {
    await world.restorer.watch();
    await world.redis.pexpire(keys.changed(0), 720_000);
    await world.cache.set({ key: 'a', value: 'v' });
    expect(await world.redis.exists(keys.changed(0))).toBe(0);
  });
});

describe('a watch', () => {
  it('is not there unless someone watches, and ends by itself', async () => {
    await world.cache.set({ key: 'a', value: 'v' });
    await world.cache.set({ key: 'c', value: 'v' });
    expect(await world.redis.exists(keys.changed(0))).toBe(0);
    await world.restorer.watch();
    expect(await world.redis.pttl(keys.changed(0))).toBeGreaterThan(100_000);
    await world.cache.set({ key: 'a', value: 'v' });
    await world.cache.delete('b');
    await world.cache.resync('c');
    expect(await world.redis.pttl(keys.changed(0))).toBeGreaterThan(100_000);
    expect(await world.redis.zrange(keys.changed(0), '0', '-1')).toEqual(['', 'a', 'b', 'c']);
  });

  it('says a version that none given so far exceeds, also where the clock is ahead', async () => {
    const ahead = (await now()) * 1000 + 3_600_000_000;
    await world.redis.set(keys.clock(0), ahead);
    expect((await world.restorer.watch()).highestVersions.get(0)).toBe(ahead);
  });

  it('forgets changes that no shadow read in time can be older than', async () => {
    const since = await watched();
    await world.redis.zadd(keys.changed(0), `${since - 300_000_000}`, '', `${since - 121_000_000}`, 'old');
    await world.cache.set({ key: 'young', value: 'v' });
    await world.restorer.watch();
    expect(await world.redis.zrange(keys.changed(0), '0', '-1')).toEqual(['', 'young']);
  });
});

it('clocks are raised, never lowered', async () => {
  await world.restorer.raiseClocks(new Map([[0, 500]]));
  await world.restorer.raiseClocks(new Map([[0, 400]]));
  expect(await world.redis.get(keys.clock(0))).toBe('500');
});
