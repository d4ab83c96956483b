import { CacheKeys, connectStores, slotOf } from '@hybrid-sync/sync-core';
import { restore, verify } from '@hybrid-sync/sync-core/reconcile';
import { OwnedParts } from '@hybrid-sync/trials';
import { pino } from 'pino';
import { Pairs } from '../load/pairs.js';
import { fillShadows, openMongo, openRedis, shadowsOf } from '../rows/row-connections.js';
import type { StoreUrls } from '../system/bench-system.js';
import { settingsOf } from '../system/store-settings.js';

/** Verifies and restores many keys. Node has to run with `--expose-gc`; the whole Redis is emptied. */
export interface MillionTask extends StoreUrls {
  readonly seed: string;
  readonly keys: number;
}

/** What is measured, each in two rounds; a bare row does the same with nothing of this system. */
export type MillionRow = 'bareScan' | 'verify' | 'bareLoad' | 'restore';

/** What the task found out; `--million --json` prints it as it stands. */
export interface MillionOutcome {
  readonly keys: number;
  /** Means over the rounds. */
  readonly keysPerSecond: Readonly<Record<MillionRow, number>>;
  readonly eachRound: Readonly<Record<MillionRow, readonly number[]>>;
  readonly verifyOfBareScan: number;
  readonly restoreOfBareLoad: number;
  /** By how much the resident memory rose at most, in MiB. */
  readonly memoryGrowthMiB: { readonly verify: number; readonly restore: number };
  readonly healthAfterRestore: string;
}

const ROUNDS = 2;
const BATCH = 2000;
const MEBIBYTE = 1024 * 1024;

/** Measures it. @throws Error where a row did not see every key */
export async function runMillionTask({ seed, keys, ...urls }: MillionTask): Promise<MillionOutcome> {
  const settings = settingsOf(urls);
  const pairs = new Pairs(seed, keys);
  const firstVersion = Date.now() * 1000;
  await fillShadows(urls.mongodbUrl, pairs, (number) => firstVersion + number);
  await using owned = new OwnedParts();
  const redis = openRedis(urls.redisUrl);
  owned.add(async () => redis.disconnect());
  const mongo = await openMongo(urls.mongodbUrl);
  owned.add(() => mongo.close());
  const stores = owned.own(await connectStores(settings, pino({ level: 'silent' })));
  const names = new CacheKeys(settings.namespace, settings.slots);

  const bareLoad = async () => {
    for (let from = 0; from < keys; from += BATCH) {
      const pipeline = redis.pipeline();
      for (let number = from; number < Math.min(from + BATCH, keys); number++) {
        const { key, value } = pairs.at(number);
        const pair = names.pair(slotOf(key, settings.slots), key);
        pipeline.hset(pair, 'value', value, 'version', firstVersion + number);
      }
      await pipeline.exec();
    }
  };
  const bareScan = async () => {
    let seen = 0;
    for await (const found of redis.scanStream({ match: `${settings.namespace}:{*}:kv:*`, count: BATCH })) {
      seen += (found as string[]).length;
    }
    for await (const _ of shadowsOf(mongo).find({}, { batchSize: BATCH })) seen++;
    if (seen !== 2 * keys) throw new Error(`the bare scan saw ${seen} entries`);
  };
  const verifyAll = async () => {
    const report = await verify(stores);
    if (report.health !== 'HEALTHY' || report.keys !== keys) throw new Error(JSON.stringify(report));
  };
  const restoreAll = async () => {
    const report = await restore(stores);
    if (report.restored !== keys) throw new Error(JSON.stringify(report));
  };

  const eachRound: Record<MillionRow, number[]> = { bareScan: [], verify: [], bareLoad: [], restore: [] };
  const memoryGrowthMiB = { verify: 0, restore: 0 };
  const measure = async (row: MillionRow, work: () => Promise<void>) => {
    const { ms, growthMiB } = await measured(work);
    eachRound[row].push(Math.round((keys / ms) * 1000));
    if (row === 'verify' || row === 'restore')
      memoryGrowthMiB[row] = Math.max(memoryGrowthMiB[row], growthMiB);
  };
  await stores.mongo.ensureIndexes();
  await bareLoad();
  for (let round = 0; round < ROUNDS; round++) {
    await measure('bareScan', bareScan);
    await measure('verify', verifyAll);
  }
  for (let round = 0; round < ROUNDS; round++) {
    await redis.flushall('SYNC');
    await measure('bareLoad', bareLoad);
    await redis.flushall('SYNC');
    await stores.layout.check();
    await measure('restore', restoreAll);
  }
  const { health } = await verify(stores);
  const mean = (row: MillionRow) => Math.round(eachRound[row].reduce((sum, rate) => sum + rate, 0) / ROUNDS);
  const rows = Object.keys(eachRound) as MillionRow[];
  return {
    keys,
    keysPerSecond: Object.fromEntries(rows.map((row) => [row, mean(row)])) as Record<MillionRow, number>,
    eachRound,
    verifyOfBareScan: mean('verify') / mean('bareScan'),
    restoreOfBareLoad: mean('restore') / mean('bareLoad'),
    memoryGrowthMiB,
    healthAfterRestore: health,
  };
}

/** How long it takes, in milliseconds, and by how much resident memory rises above what it was before, in MiB. */
async function measured(work: () => Promise<void>): Promise<{ ms: number; growthMiB: number }> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let highest = before;
  const timer = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage.rss());
  }, 50);
  const startedAt = performance.now();
  try {
    await work();
    return { ms: performance.now() - startedAt, growthMiB: Math.round((highest - before) / MEBIBYTE) };
  } finally {
    clearInterval(timer);
  }
}
