import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CacheKeys } from '../cache/keys.js';
import { InvalidInputError } from '../errors.js';
import { Damage, directSync } from '../testing/damage.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { scannedKeys } from '../testing/scanned-keys.js';
import { type RestoreProgress, restore } from './restore.js';
import { verify } from './verify.js';

const SLOTS = 2;
let world: RealWorld;
let keys: CacheKeys;
let sync: ReturnType<typeof directSync>;
beforeAll(async () => {
  world = await realWorld(SLOTS);
  keys = new CacheKeys(world.settings.namespace, SLOTS);
  sync = directSync(world);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const NAMES = Array.from({ length: 300 }, (_, index) => `key-${index}`);
/** Redis comes back without anything of this system. */
const loseEverything = async () => {
  await world.redis.del(...(await world.redis.keys(`${world.settings.namespace}:*`)));
};
const written = () => sync.setAll(NAMES.map((key, index) => ({ key, value: `value ${index}` })));

describe('after Redis came back empty', () => {
  it('every live pair is back, with its version and expiry; deleted and expired ones are not', async () => {
    await written();
    await sync.set({ key: 'with ttl', value: 'v', ttlSec: 3600 });
    await sync.set({ key: 'another ttl', value: 'v' });
    await sync.expire({ key: 'another ttl', ttlSec: 7200 });
    for (const by of [40, 2]) await sync.increment({ key: 'counted', by });
    await sync.set({ key: 'expired', value: 'v', ttlSec: 3600 });
    await sync.delete('key-7');
    await world.db
      .collection('kv_shadow')
      .updateOne({ _id: 'expired' as never }, { $set: { expireAt: new Date() } });
    const asked = [...NAMES, 'with ttl', 'another ttl', 'counted'];
    const before = await world.cache.getMany(asked);
    await loseEverything();
    const report = await restore(world);
    expect(report).toMatchObject({
      complete: true,
      shadows: 304,
      restored: 302,
      leftOut: 2,
      newer: 0,
      removed: 0,
    });
    expect(await world.cache.getMany(asked)).toEqual(before);
    expect(await world.cache.getMany(['key-7', 'expired'])).toEqual([undefined, undefined]);
    expect(await world.journal.totalLength()).toBe(0);
    expect(await verify(world)).toMatchObject({ health: 'HEALTHY', differing: 0 });
  });

  it('versions go on rising, also where the clock of Redis went back', async () => {
    const [{ version }] = [await sync.set({ key: 'a', value: 'v' })];
    const ahead = version + 3_600_000_000;
    await world.db
      .collection('kv_shadow')
      .updateOne({ _id: 'a' as never }, [{ $set: { version: { $toLong: ahead } } }]);
    await loseEverything();
    // Raised before any pair is back: with a budget of nothing left for pairs.
    const first = await restore(world, { budgetMs: 0.001 });
    expect(first.complete).toBe(false);
    await restore(world, { ...(first.cursor === undefined ? {} : { cursor: first.cursor }) });
    expect((await sync.set({ key: 'a', value: 'w' })).version).toBeGreaterThan(ahead);
  });

  it('what clients write meanwhile stays, deletes included', async () => {
    await written();
    await loseEverything();
    const newer = new Map<string, string | undefined>();
    let restoring = true;
    const client = async () => {
      for (let index = 0; restoring || index < 100; index++) {
        const key = NAMES[(index * 7) % NAMES.length] ?? '';
        const value = index % 3 === 0 ? undefined : `newer ${index}`;
        if (value === undefined) await sync.delete(key);
        else await sync.set({ key, value });
        newer.set(key, value);
        await turn();
      }
    };
    const writing = client();
    let cursor: string | undefined;
    do {
      const report = await restore(world, { cursor, maxKeys: 1 });
      cursor = report.cursor;
    } while (cursor !== undefined);
    restoring = false;
    await writing;
    const pairs = await world.cache.getMany(NAMES);
    NAMES.forEach((key, index) => {
      expect(pairs[index]?.value, key).toBe(newer.has(key) ? newer.get(key) : `value ${index}`);
    });
    expect(await verify(world)).toMatchObject({ health: 'HEALTHY', differing: 0 });
  });

  it('a delete between the reading of its shadow and its restoring stays a delete', async () => {
    await sync.set({ key: 'a', value: 'v' });
    await loseEverything();
    const { restorer } = world;
    const report = await restore({
      ...world,
      restorer: {
        watch: () => restorer.watch(),
        raiseClocks: (versions) => restorer.raiseClocks(versions),
        restore: async (shadows, since) => {
          await sync.delete('a'); // applied and acknowledged: nothing but the watch knows of it
          return restorer.restore(shadows, since);
        },
      },
    });
    expect(report).toMatchObject({ restored: 0, newer: 1 });
    expect(await world.cache.get('a')).toBeUndefined();
  });

  it('waits for what the outbox holds, rather than bring back something older', async () => {
    await sync.set({ key: 'a', value: 'old' });
    const newest = await world.cache.set({ key: 'a', value: 'newest' });
    await world.outbox.add([newest]);
    await loseEverything();
    const stopped = await restore(world, { patienceMs: 300 });
    expect(stopped).toMatchObject({
      complete: false,
      restored: 0,
      stopped: expect.stringContaining('outbox'),
    });
    const { events } = await world.outbox.due(newest.slot, 10);
    await world.shadows.apply([newest], 'EVENT_BASED');
    await world.outbox.markProcessed(events.map(({ _id }) => _id));
    expect(await restore(world, { cursor: stopped.cursor })).toMatchObject({ complete: true, restored: 1 });
    expect(await world.cache.get('a')).toMatchObject({ value: 'newest' });
  });
});

it('after Redis came back with old data, newer shadows win, deletes included', async () => {
  const [old, gone] = await Promise.all([
    sync.set({ key: 'a', value: 'old' }),
    sync.set({ key: 'b', value: 'old' }),
  ]);
  await sync.set({ key: 'a', value: 'newest' });
  await sync.delete('b');
  const damage = new Damage(world);
  await damage.rollPairBack('a', 'old', old.version);
  await damage.rollPairBack('b', 'old', gone.version);
  expect(await restore(world)).toMatchObject({ restored: 1, removed: 1 });
  expect((await world.cache.getMany(['a', 'b'])).map((pair) => pair?.value)).toEqual(['newest', undefined]);
});

describe('a restore in parts', () => {
  it('goes on where the call before ended, and tells how far it is', async () => {
    await written();
    await loseEverything();
    const progress: RestoreProgress[] = [];
    let cursor: string | undefined;
    let calls = 0;
    do {
      const report = await restore(world, { cursor, budgetMs: 0.001, onProgress: (at) => progress.push(at) });
      cursor = report.cursor;
      if (++calls > 20) break;
      if (report.shadows === 0) {
        const more = await restore(world, { cursor, maxKeys: 1, onProgress: (at) => progress.push(at) });
        cursor = more.cursor;
      }
    } while (cursor !== undefined);
    expect(await verify(world)).toMatchObject({ health: 'HEALTHY', shadows: 300, pairs: 300 });
    expect(progress.at(-1)).toMatchObject({ phase: 'pairs', shadows: 300 });
    expect(progress.at(-1)?.secondsLeft).toBeLessThan(1);
  });

  it('is of one prefix only where that is asked for', async () => {
    await written();
    await loseEverything();
    expect(await restore(world, { prefix: 'key-1' })).toMatchObject({ restored: 111 });
    expect(await scannedKeys(world.cache, '')).toEqual(NAMES.filter((key) => key.startsWith('key-1')).sort());
  });

  it.each(['', 'nonsense', 'e30'])('refuses %j as a cursor', async (cursor) => {
    await expect(restore(world, { cursor })).rejects.toThrow(InvalidInputError);
  });
});

it('a watch that is lost in the middle is taken again', async () => {
  await written();
  await loseEverything();
  const { restorer } = world;
  let losses = 0;
  const report = await restore({
    ...world,
    restorer: {
      watch: () => restorer.watch(),
      raiseClocks: (versions) => restorer.raiseClocks(versions),
      restore: async (shadows, since) => {
        if (losses++ === 0) await world.redis.del(keys.changed(0), keys.changed(1));
        return restorer.restore(shadows, since);
      },
    },
  });
  expect(report).toMatchObject({ complete: true });
  expect(await verify(world)).toMatchObject({ health: 'HEALTHY', pairs: 300 });
});
