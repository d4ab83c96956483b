import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '../metrics/metrics.js';
import { drainSlot } from '../projection/drain-slot.js';
import { importPlain } from '../reconcile/import-plain.js';
import { repair } from '../reconcile/repair.js';
import { restore } from '../reconcile/restore.js';
import type { ScriptedRedis } from '../redis/scripts.js';
import { directSync } from '../testing/damage.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Cache } from './cache.js';
import { ForeignRecords } from './foreign-records.js';
import { Journal } from './journal.js';
import { CacheKeys } from './keys.js';

let world: RealWorld;
let keys: CacheKeys;
let sync: ReturnType<typeof directSync>;
let lines: { name: string; what: string }[];
beforeAll(async () => {
  world = await realWorld(1);
  keys = new CacheKeys(world.settings.namespace, 1);
  sync = directSync(world);
});
afterAll(() => world.stop());
beforeEach(async () => {
  lines = [];
  await world.clear();
});

/** A process of its own, with its log and its metrics. */
function watched() {
  const metrics = new Metrics('api');
  const log = pino({ level: 'warn' }, { write: (line) => lines.push(JSON.parse(line)) });
  const foreign = new ForeignRecords(log, metrics);
  const redis = world.redis as ScriptedRedis;
  return {
    cache: new Cache(
      redis,
      keys,
      () => ({
        journalMaxPerSlot: 100,
        journalMaxBytesPerSlot: 1_000_000,
        redisTimeoutMs: 2000,
        maxValueBytes: 1000,
      }),
      foreign,
    ),
    journal: new Journal(redis, keys, foreign),
    counted: async () =>
      (await metrics.registry.getSingleMetric('hybrid_sync_foreign_records_total')?.get())?.values,
  };
}

describe.each<[string, (pair: string) => Promise<unknown>]>([
  ['a string', (pair) => world.redis.set(pair, 'by hand')],
  ['a list', (pair) => world.redis.rpush(pair, 'by hand')],
  ['a hash without a version', (pair) => world.redis.hset(pair, 'value', 'by hand')],
  ['a hash without a value', (pair) => world.redis.hset(pair, 'version', '5')],
  ['a hash of other fields', (pair) => world.redis.hset(pair, 'name', 'by hand')],
  ['a version in words', (pair) => world.redis.hset(pair, 'value', 'v', 'version', 'newest')],
  ['a version beyond all', (pair) => world.redis.hset(pair, 'value', 'v', 'version', '9'.repeat(18))],
])('%s at the name of a pair', (_, put) => {
  const pair = () => keys.pair(0, 'w');
  const lay = async () => {
    await world.redis.del(pair());
    await put(pair());
  };

  it('counts as no pair, is counted and named once, and the others are read', async () => {
    await sync.set({ key: 'good', value: 'v' });
    await lay();
    const { cache, counted } = watched();
    for (let look = 0; look < 2; look++)
      expect(await cache.getMany(['w', 'good'])).toMatchObject([undefined, { value: 'v' }]);
    expect(await cache.bytesOf(['good'])).toBe(1);
    await expect(cache.bytesOf(['w', 'good'])).resolves.toBeGreaterThan(0);
    expect(lines).toEqual([expect.objectContaining({ name: pair() })]);
    expect(await counted()).toContainEqual(expect.objectContaining({ labels: { place: 'pair' }, value: 2 }));
  });

  it('is left alone by repair and restore, which go on', async () => {
    for (const key of ['w', 'lost']) await sync.set({ key, value: 'v' });
    await lay();
    const before = await world.redis.dump(pair());
    await world.redis.del(keys.pair(0, 'lost'));
    const report = await repair(world, sync, { apply: true });
    expect(report).toMatchObject({ complete: true, done: { restored: 1, failed: 1 } });
    await world.redis.del(keys.pair(0, 'lost'));
    expect(await restore(world)).toMatchObject({ complete: true, restored: 1, foreign: 1 });
    expect(await world.redis.dump(pair())).toBe(before);
    expect(await world.shadows.find('w')).toMatchObject({ lastValue: 'v' });
  });

  it('is replaced by a set, removed by a delete, known to an import', async () => {
    const { cache } = watched();
    await lay();
    await expect(
      cache.set({ key: 'w', value: 'v', precondition: { is: 'match', versions: 'any' } }),
    ).rejects.toThrow('no such key');
    const unheardOfSince = (await world.restorer.watch()).since.get(0);
    await expect(cache.set({ key: 'w', value: 'v', unheardOfSince })).rejects.toThrow('nothing was');
    await cache.set({ key: 'w', value: 'v' });
    expect(await cache.get('w')).toMatchObject({ value: 'v' });
    await lay();
    expect(await cache.delete('w')).toMatchObject({ existed: false });
    expect(await world.redis.exists(pair())).toBe(0);
  });
});

it.each<[string, string, string[]]>([
  ['no fields of ours', '5-0', ['name', 'by hand']],
  ['no key', '6-0', ['op', 'set', 'value', 'v']],
  ['another op', '7-0', ['op', 'rename', 'key', 'a']],
  ['an id of its own', '8-3', ['op', 'set', 'key', 'a', 'value', 'v']],
])('a journal entry with %s is removed, counted and named, and the rest goes on', async (_, id, fields) => {
  await world.redis.xadd(keys.journal(0), id, ...fields);
  const { cache, journal, counted } = watched();
  await cache.set({ key: 'good', value: 'v' });
  const log = pino({ level: 'silent' });
  const stores = { ...world, journal, metrics: new Metrics('projector'), log };
  await drainSlot(0, stores, { batch: 1, recoverAfterMs: -1000 }, new AbortController().signal);
  expect(await world.shadows.find('good')).toMatchObject({ lastValue: 'v' });
  expect(await world.journal.totalLength()).toBe(0);
  expect(lines).toEqual([expect.objectContaining({ name: `${keys.journal(0)} ${id}` })]);
  expect(await counted()).toContainEqual(expect.objectContaining({ labels: { place: 'journal' }, value: 1 }));
});

it('what is no set of changed keys stops no write, and is a watch with a gap', async () => {
  const { since } = await world.restorer.watch();
  await world.redis.del(keys.changed(0));
  await world.redis.set(keys.changed(0), 'by hand');
  await expect(world.cache.set({ key: 'a', value: '1' })).resolves.toMatchObject({ value: '1' });
  await world.redis.set(keys.changed(0), 'by hand');
  const shadow = { key: 'b', slot: 0, version: 1, op: 'set', value: 'v' } as const;
  expect([...(await world.restorer.restore([shadow], since)).values()]).toEqual(['unwatched']);
  await expect(world.restorer.watch()).resolves.toBeDefined();
});

describe('an expiry that no date can tell', () => {
  const FAR = 9_000_000_000_000_000;

  it('is never, on both sides, and is imported', async () => {
    const plain = `${world.settings.namespace}-plain`;
    await world.redis.set(plain, 'v');
    await world.redis.pexpireat(plain, FAR);
    const options = {
      match: plain,
      apply: true,
      samples: 0,
      maxKeyBytes: 100,
      maxValueBytes: 100,
      hashes: false,
    };
    try {
      const { namespace } = world.settings;
      expect(await importPlain(world, sync as never, { ...options, namespace })).toMatchObject({
        imported: 1,
      });
    } finally {
      await world.redis.del(plain);
    }
    expect(await world.cache.get(plain)).toEqual({ key: plain, value: 'v', version: expect.any(Number) });
    const shadow = await world.shadows.find(plain);
    expect(shadow).not.toHaveProperty('expireAt');
    expect(shadow).not.toHaveProperty('purgeAt');
  });

  it('given by hand is never, and agrees with the shadow after a resync', async () => {
    await sync.set({ key: 'a', value: 'v' });
    await sync.set({ key: 'good', value: 'v' });
    await world.redis.pexpireat(keys.pair(0, 'a'), FAR);
    expect(await world.cache.getMany(['a', 'good'])).toMatchObject([{ value: 'v' }, { value: 'v' }]);
    expect((await sync.resync('a')).op).toBe('set');
    expect(await world.shadows.find('a')).not.toHaveProperty('expireAt');
    expect(await repair(world, sync, { apply: true })).toMatchObject({ health: 'HEALTHY' });
  });

  it('is mended where 0.1.0 made a shadow of 1970 of it', async () => {
    await sync.set({ key: 'a', value: 'v' });
    await world.redis.pexpireat(keys.pair(0, 'a'), FAR);
    const shadows = world.db.collection<{ _id: string }>('kv_shadow');
    await shadows.updateOne({ _id: 'a' }, { $set: { expireAt: new Date(0) } });
    expect(await repair(world, sync, { apply: true })).toMatchObject({ done: { resynced: 1 } });
    expect(await world.shadows.find('a')).not.toHaveProperty('expireAt');
  });

  it('of a last day keeps a time to be purged at that is a date', async () => {
    const expireAt = Date.UTC(9999, 11, 31);
    const mutation = await world.cache.set({ key: 'a', value: 'v', expireAt });
    await world.shadows.apply([mutation], 'ASYNC_THREAD');
    expect((await world.shadows.find('a'))?.purgeAt?.getUTCFullYear()).toBe(9999);
  });
});
