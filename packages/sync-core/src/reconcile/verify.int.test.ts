import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceLine } from '@hybrid-sync/services/line';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { Pod } from '../node/pod.js';
import { ProjectorNode } from '../node/projector-node.js';
import { connectStores } from '../node/stores.js';
import { Damage, directSync } from '../testing/damage.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { repairKey } from './repair.js';
import { verify } from './verify.js';
import type { VerifyReport } from './verify-report.js';

const SLOTS = 4;
const log = pino({ level: 'silent' });
let world: RealWorld;
let damage: Damage;
let sync: ReturnType<typeof directSync>;
const owned: { stop(): Promise<unknown> }[] = [];
beforeAll(async () => {
  world = await realWorld(SLOTS);
  damage = new Damage(world);
  sync = directSync(world);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());
afterEach(async () => {
  for (const part of owned.splice(0).reverse()) await part.stop();
});

const NAMES = Array.from({ length: 2500 }, (_, index) => `key-${index}`);
const fill = () => sync.setAll(NAMES.map((key) => ({ key, value: key })));
const configured = (env: Record<string, string> = {}) => {
  const { redisUrl, mongodbUrl, namespace } = world.settings;
  const own = { HYBRID_SYNC_NAMESPACE: namespace, HYBRID_SYNC_SLOTS: String(SLOTS) };
  return loadSettings({ env: { REDIS_URL: redisUrl, MONGODB_URL: mongodbUrl, ...own, ...env } });
};
/** A pod and a projector, as in production. */
async function startSystem(env: Record<string, string> = {}): Promise<Pod> {
  const [pod, projector] = [new Pod(configured(env), log), new ProjectorNode(configured(env), log)];
  owned.push(pod, projector);
  await Promise.all([pod.start(), projector.start()]);
  return pod;
}

describe('a verification in parts', () => {
  it('goes on where the call before ended, in any process, and looks at everything once', async () => {
    await fill();
    await damage.cause('shadow-missing', 'key-3');
    await damage.cause('cache-missing', 'key-2400');
    const reports: VerifyReport[] = [];
    let cursor: string | undefined;
    do {
      reports.push(await verify(world, { cursor, maxKeys: 1 }));
      cursor = reports.at(-1)?.cursor;
    } while (cursor !== undefined);
    const sum = (of: (report: VerifyReport) => number) =>
      reports.reduce((total, each) => total + of(each), 0);
    expect(reports.length).toBeGreaterThan(3);
    expect(sum(({ shadows }) => shadows)).toBe(2499);
    expect(sum(({ keys }) => keys)).toBe(2500);
    expect(reports.flatMap(({ samples }) => samples.map(({ key, kind }) => [key, kind])).sort()).toEqual([
      ['key-2400', 'cache-missing'],
      ['key-3', 'shadow-missing'],
    ]);
  });

  it('is of one prefix only where that is asked for', async () => {
    await fill();
    await damage.cause('value-differs', 'key-7');
    expect(await verify(world, { prefix: 'key-1' })).toMatchObject({ keys: 1111, differing: 0 });
    expect(await verify(world, { prefix: 'key-7' })).toMatchObject({ differing: 1 });
  });

  it('counts keys that are gone as tombstones, not as keys', async () => {
    const there = [
      { key: 'a', value: 'v' },
      { key: 'again', value: 'v' },
    ];
    await sync.setAll([...there, { key: 'deleted', value: 'v' }, { key: 'expired', value: 'v', ttlSec: 1 }]);
    await sync.delete('deleted');
    await sync.delete('again');
    await sync.set({ key: 'again', value: 'v' });
    await sync.delete('never-there');
    const gone = { health: 'HEALTHY', keys: 2, tombstones: 3, shadows: 5, pairs: 2 };
    await expect.poll(() => verify(world), { timeout: 10_000 }).toMatchObject(gone);
    expect(await repairKey(world, sync, 'deleted', { apply: false })).toMatchObject({
      keys: 0,
      tombstones: 1,
    });
    expect(await repairKey(world, sync, 'again', { apply: false })).toMatchObject({ keys: 1, tombstones: 0 });
  });

  it('ends when it is aborted, and keeps to its rate', async () => {
    await fill();
    const aborted = await verify(world, { signal: AbortSignal.abort() });
    expect(aborted).toMatchObject({ complete: false, keys: 0 });
    const { keysPerSecond } = await verify(world, { prefix: 'key-1', keysPerSecond: 2000 });
    expect(keysPerSecond).toBeLessThan(2500);
  });

  it('holds no more samples than asked for, and counts all', async () => {
    await sync.setAll(NAMES.slice(0, 50).map((key) => ({ key, value: key })));
    for (const key of NAMES.slice(0, 20)) await damage.cause('cache-missing', key);
    const report = await verify(world, { samples: 5 });
    expect(report).toMatchObject({ differing: 20, kinds: { 'cache-missing': 20 } });
    expect(report.samples).toHaveLength(5);
  });
});

describe('what is on its way is no difference:', () => {
  it.each(['journal', 'outbox'] as const)('in the %s, sets and deletes', async (way) => {
    for (const key of ['a', 'b']) await sync.set({ key, value: 'old' });
    const mutations = [
      await world.cache.set({ key: 'a', value: 'new' }),
      (await world.cache.delete('b')).mutation,
      await world.cache.set({ key: 'c', value: 'new' }),
    ];
    if (way === 'outbox') {
      await world.outbox.add(mutations);
      await world.journal.remove(mutations);
    }
    expect(await verify(world, { patienceMs: 300 })).toMatchObject({
      differing: 0,
      undecided: 3,
      health: 'UNKNOWN',
    });
    const verifying = verify(world, { patienceMs: 20_000 });
    await sleep(100); // so that it has most likely seen them; either way it must find nothing
    await world.shadows.apply(mutations, 'EVENT_BASED');
    await world.journal.remove(mutations);
    await world.db.collection('outbox').updateMany({}, { $set: { processed: true } });
    expect(await verifying).toMatchObject({ differing: 0, undecided: 0, health: 'HEALTHY' });
  });

  it('but a dead letter is not on its way', async () => {
    const mutation = await world.cache.set({ key: 'a', value: 'v' });
    await world.outbox.add([mutation]);
    await world.journal.remove([mutation]);
    await world.db.collection('outbox').updateMany({}, { $set: { dead: true } });
    expect(await verify(world)).toMatchObject({ kinds: { 'shadow-missing': 1 } });
  });
});

it.each(['adaptive', 'event-only'])(
  'under full load, in mode %s, no false difference is reported, and a true one is found',
  async (mode) => {
    const pod = await startSystem({ SYNC_MODE: mode });
    await sync.set({ key: 'damaged', value: 'v' });
    await damage.cause('value-differs', 'damaged');
    let loading = true;
    let writes = 0;
    const client = async (number: number) => {
      for (let index = number; loading; index += 7) {
        const key = NAMES[index % NAMES.length] ?? '';
        if (index % 5 === 0) await pod.running.sync.delete(key);
        else await pod.running.sync.set({ key, value: `v${index}`, ttlSec: index % 3 === 0 ? 1 : undefined });
        writes++;
      }
    };
    const load = Promise.all(Array.from({ length: 100 }, (_, number) => client(number)));
    const until = performance.now() + 4000;
    let reports = 0;
    while (performance.now() < until || reports < 2) {
      const report = await verify(world, { patienceMs: 15_000 });
      // On a busy machine a store may not answer in time: such a report says nothing of the keys.
      if (report.storeAway !== undefined) continue;
      expect(report.samples).toMatchObject([{ key: 'damaged', kind: 'value-differs' }]);
      expect(report.differing).toBe(1);
      reports++;
    }
    loading = false;
    await load;
    expect(writes).toBeGreaterThan(1000);
  },
  60_000,
);

describe('during an outage of MongoDB', () => {
  it('it waits, within bounds, reports no false difference, and goes on from its cursor', async () => {
    await fill();
    const line = await ServiceLine.to(world.settings.mongodbUrl);
    await line.open();
    owned.push({ stop: () => line.cut() });
    const away = await realWorldOver(line);
    const writing = await startSystem({ MONGODB_URL: line.url, MONGODB_TIMEOUT_MS: '2000' });
    const first = await verify(away, { maxKeys: 1 });
    expect(first).toMatchObject({ complete: false, differing: 0 });
    await line.cut();
    const methods = await Promise.all(
      NAMES.slice(0, 200).map(async (key) => (await writing.running.sync.set({ key, value: 'new' })).method),
    );
    expect(methods).toContain('JOURNALED');
    const during = await verify(away, { cursor: first.cursor, patienceMs: 500 });
    expect(during).toMatchObject({ complete: false, differing: 0, health: 'UNKNOWN' });
    expect(during.storeAway).toBeDefined();
    await line.open();
    let after = during;
    const goOn = async () => {
      after = await verify(away, { cursor: after.cursor, patienceMs: 25_000 });
      return after.complete;
    };
    await expect.poll(goOn, { timeout: 90_000 }).toBe(true);
    expect(after).toMatchObject({ differing: 0, undecided: 0, health: 'HEALTHY' });
  }, 120_000);
});

/** The same stores, with MongoDB at the other end of a line. */
async function realWorldOver(line: ServiceLine) {
  const { settings } = configured({ MONGODB_URL: line.url, MONGODB_TIMEOUT_MS: '2000' });
  const stores = await connectStores(settings, log);
  owned.push(stores);
  return stores;
}
