import { OwnCluster } from '@hybrid-sync/services/own-cluster';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CacheKeys, slotOf } from '../cache/keys.js';
import { loadSettings } from '../config/load-settings.js';
import { importPlain } from '../reconcile/import-plain.js';
import { restore } from '../reconcile/restore.js';
import { verify } from '../reconcile/verify.js';
import { connectCache, connected } from '../redis/connect-redis.js';
import type { ScriptedRedis } from '../redis/scripts.js';
import type { SyncAnswer } from '../sync-answer.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { scannedKeys } from '../testing/scanned-keys.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

const SLOTS = 8;
const PATIENCE = { timeout: 30_000 };
/** Keys of every slot, so of every master. */
const KEYS = Array.from({ length: 400 }, (_, number) => `key-${number}`);
const log = pino({ level: 'silent' });

let cluster: OwnCluster;
let world: RealWorld;
let pod: Pod;
let projector: ProjectorNode;
let keys: CacheKeys;
beforeAll(async () => {
  cluster = await OwnCluster.start();
  world = await realWorld(SLOTS, { REDIS_URL: cluster.url });
  const { mongodbUrl, namespace } = world.settings;
  keys = new CacheKeys(namespace, SLOTS);
  const loaded = loadSettings({
    env: {
      REDIS_URL: cluster.url,
      MONGODB_URL: mongodbUrl,
      HYBRID_SYNC_NAMESPACE: namespace,
      HYBRID_SYNC_SLOTS: String(SLOTS),
    },
  });
  [pod, projector] = [new Pod(loaded, log), new ProjectorNode(loaded, log)];
  await Promise.all([pod.start(), projector.start()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([pod?.stop(), projector?.stop()]);
  await world?.stop();
  await cluster?.stop();
});

/** Has a key's master do something of the test's own: again where the first try told that the key has moved. */
const onMasterOf = (name: string, ask: (master: ScriptedRedis) => Promise<unknown>) =>
  expect.poll(() => ask(pod.stores.redis.at(name)).then(Boolean, () => false), PATIENCE).toBe(true);

/** Until neither journal nor outbox holds anything. */
const settled = () =>
  expect
    .poll(async () => [await world.journal.totalLength(), await world.outbox.countUnprocessed(10)], PATIENCE)
    .toEqual([0, 0]);
const bothReady = () =>
  expect.poll(() => [pod, projector].map((node) => node.readiness().ready), PATIENCE).toEqual([true, true]);

/** How often the masters were asked who has which hash slots. */
async function looksAtCluster(): Promise<number> {
  const stats = await Promise.all(pod.stores.redis.servers.map((master) => master.info('commandstats')));
  return stats.reduce(
    (sum, each) => sum + Number(/cmdstat_cluster\|slots:calls=(\d+)/.exec(each)?.[1] ?? 0),
    0,
  );
}

/** Runs a task in calls of a few pages each, with `meanwhile` after the first. */
async function inCalls<Report extends { complete: boolean; cursor?: string }>(
  call: (cursor: string | undefined) => Promise<Report>,
  meanwhile: () => Promise<unknown>,
): Promise<Report[]> {
  const reports = [await call(undefined)];
  expect(reports[0]?.complete).toBe(false);
  await meanwhile();
  for (let report = reports[0]; report && !report.complete; ) {
    report = await call(report.cursor);
    reports.push(report);
  }
  return reports;
}

describe('a Redis Cluster', () => {
  it('takes every kind of write, reads them back, and brings them to the shadows', async () => {
    const { sync } = pod.running;
    const written = await Promise.all(KEYS.map((key) => sync.set({ key, value: key })));
    expect(new Set(written.map(({ method }) => method))).toEqual(new Set(['ASYNC_THREAD']));
    await Promise.all([
      sync.set({ key: 'event', value: '1' }, { mode: 'event-only' }),
      sync.increment({ key: 'n', by: 5 }),
      sync.set({ key: 'gone', value: '1' }).then(() => sync.delete('gone')),
      sync.set({ key: 'later', value: '1' }).then(() => sync.expire({ key: 'later', ttlSec: 600 })),
      sync.resync('key-0'),
    ]);
    const { cache } = pod.stores;
    expect((await cache.getMany(KEYS)).map((pair) => pair?.value)).toEqual(KEYS);
    expect(await cache.bytesOf(KEYS)).toBe(KEYS.join('').length);
    await settled();
    expect(await world.shadows.find('n')).toMatchObject({ lastValue: '5' });
    expect(await world.shadows.find('gone')).toMatchObject({ deleted: true });
    expect((await world.shadows.findMany(KEYS)).length).toBe(KEYS.length);
  });

  it('is scanned on every master', async () => {
    expect(await scannedKeys(pod.stores.cache, 'key-', 20)).toEqual([...KEYS].sort());
  });

  it('has no connection left of one that is closed while it looks who has what', async () => {
    const connect = () => connectCache(cluster.url, { role: 'brief', log, deadlineMs: 2000 });
    connect().disconnect();
    // One that comes up after it has looked later.
    const later = connect();
    await connected(later);
    later.disconnect();
    const left = async () => {
      const lists = await Promise.all(pod.stores.redis.servers.map((master) => master.client('LIST')));
      return lists.join('').match(/name=hybrid-sync-brief\S*/g) ?? [];
    };
    await expect.poll(left, PATIENCE).toEqual([]);
  });

  it('takes a change of settings to every process', async () => {
    await pod.deployment.set({ asyncTimeoutMs: 1700 }, { by: 'test' });
    await expect.poll(() => projector.settings.asyncTimeoutMs, PATIENCE).toBe(1700);
  });

  it('is verified whole, also where a master is followed by its replica in the middle', async () => {
    const look = (cursor?: string) => verify(pod.stores, { maxKeys: 50, keysPerSecond: 50, cursor });
    const reports = await inCalls(look, async () => {
      await cluster.failOver(keys.clock(slotOf('key-0', SLOTS)));
      await bothReady();
    });
    expect(reports.map(({ differing }) => differing)).toEqual(reports.map(() => 0));
    expect(reports.at(-1)?.complete).toBe(true);
    const lone = keys.pair(slotOf('lone', SLOTS), 'lone');
    await onMasterOf(lone, (master) => master.hset(lone, 'value', 'v', 'version', '1'));
    expect(await verify(pod.stores)).toMatchObject({ differing: 1, kinds: { 'shadow-missing': 1 } });
    await onMasterOf(lone, (master) => master.del(lone));
  });

  it('is restored whole, also where a master is followed by its replica in the middle', async () => {
    const names = KEYS.map((key) => keys.pair(slotOf(key, SLOTS), key));
    await Promise.all(names.map((name) => onMasterOf(name, (master) => master.del(name))));
    const part = (cursor?: string) => restore(pod.stores, { maxKeys: 100, keysPerSecond: 100, cursor });
    const reports = await inCalls(part, async () => {
      await cluster.failOver(keys.clock(slotOf('key-1', SLOTS)));
      await bothReady();
    });
    expect(reports.map(({ stopped }) => stopped)).toEqual(reports.map(() => undefined));
    expect((await pod.stores.cache.getMany(KEYS)).map((pair) => pair?.value)).toEqual(KEYS);
  });

  it('has its plain keys imported, also where a hash slot is moved in the middle', async () => {
    const plain = Array.from({ length: 300 }, (_, number) => `plain-${number}`);
    await Promise.all(plain.map((key) => onMasterOf(key, (master) => master.set(key, `of ${key}`))));
    const { namespace } = world.settings;
    const part = (cursor?: string) =>
      importPlain(pod.stores, pod.running.sync, {
        match: 'plain-*',
        apply: true,
        hashes: false,
        samples: 0,
        namespace,
        maxKeyBytes: 1024,
        maxValueBytes: 1024,
        maxKeys: 50,
        cursor,
      });
    const reports = await inCalls(part, () => cluster.moveSlotOf('plain-7'));
    expect(reports.map(({ stopped }) => stopped)).toEqual(reports.map(() => undefined));
    const imported = await pod.stores.cache.getMany(plain);
    expect(imported.map((pair) => pair?.value)).toEqual(plain.map((key) => `of ${key}`));
  });

  it('loses no write to a slot that is moved while it is written, and refuses none for good', async () => {
    const slot = slotOf('moved', SLOTS);
    const { sync } = pod.running;
    const write = (value: string) => sync.set({ key: 'moved', value });
    const before = await write('before');
    await cluster.moveSlotOf(keys.clock(slot), async () => {
      const looked = await looksAtCluster();
      for (let attempt = 0; attempt < 100; attempt++) {
        await expect(write('meanwhile')).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
      }
      // A move that goes on is no reason to look at the cluster again and again.
      expect((await looksAtCluster()) - looked).toBeLessThan(20);
      expect(await scannedKeys(pod.stores.cache, 'key-', 20)).toEqual([...KEYS].sort());
    });
    await expect
      .poll(() => write('after').then(({ method }) => method, String), PATIENCE)
      .toBe('ASYNC_THREAD');
    const pair = await pod.stores.cache.get('moved');
    expect(pair?.value).toBe('after');
    expect(pair?.version).toBeGreaterThan(before.version);
    await settled();
    expect(await world.shadows.find('moved')).toMatchObject({ lastValue: 'after', version: pair?.version });
  });

  it('that loses a master loses nothing that was answered as in MongoDB, and is ready again', async () => {
    const { sync } = pod.running;
    const answers = new Map<string, SyncAnswer>();
    let number = 0;
    const write = async (): Promise<boolean> => {
      const key = `w${number++}`;
      try {
        answers.set(
          key,
          await sync.set({ key, value: key }, { mode: number % 2 ? 'adaptive' : 'event-only' }),
        );
        return true;
      } catch {
        return false;
      }
    };
    const writeMany = async () => (await Promise.all(Array.from({ length: 20 }, write))).every(Boolean);
    for (let round = 0; round < 5; round++) expect(await writeMany()).toBe(true);
    await cluster.killMasterOf(keys.clock(3));
    await expect.poll(() => pod.readiness().reasons.map(({ name }) => name), PATIENCE).not.toEqual([]);
    // The others go on meanwhile.
    await writeMany();
    await expect.poll(writeMany, PATIENCE).toBe(true);
    await bothReady();
    const inMongo = [...answers].filter(([, { method }]) => method !== 'JOURNALED');
    expect(inMongo.length).toBeGreaterThan(100);
    for (const [key, { version }] of inMongo) {
      const found = async () => (await world.shadows.find(key))?.version ?? 0;
      await expect.poll(found, PATIENCE).toBeGreaterThanOrEqual(version);
    }
  }, 60_000);
});
