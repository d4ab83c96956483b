import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServices } from '@hybrid-sync/services';
import { CacheKeys, connectStores, loadSettings, restore, slotOf, verify } from '@hybrid-sync/sync-core';
import { EXIT, OwnedParts, runProgram } from '@hybrid-sync/trials';
import { Redis } from 'ioredis';
import { Long, MongoClient } from 'mongodb';
import { pino } from 'pino';

/**
 * Verifies and restores many keys (1,000,000 unless a number is given), beside a bare scan of both stores and a bare
 * pipelined load in the same process, on services of its own. Prints one JSON object.
 */
const KEYS = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = 2;
const BATCH = 2000;
const VALUE = 'v'.repeat(100);
const MEBIBYTE = 1024 * 1024;

const name = (number: number) => `million:${number.toString(36).padStart(6, '0')}`;

process.exitCode = await runProgram(
  async ({ signal }) => {
    const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-million-'));
    const owned = new OwnedParts();
    owned.add(() => rm(folder, { recursive: true, force: true }));
    try {
      const services = await startServices({ dataDir: folder, durable: true, signal });
      owned.add(() => services.stop());
      const { settings } = loadSettings({
        env: {
          REDIS_URL: services.redisUrl,
          MONGODB_URL: `${services.mongodbUrl.replace(/\/(\?|$)/, '/million$1')}`,
        },
      });
      const redis = new Redis(services.redisUrl);
      owned.add(async () => redis.disconnect());
      const mongo = await new MongoClient(settings.mongodbUrl).connect();
      owned.add(() => mongo.close());
      const report = await Promise.race([measure(settings, redis, mongo), endOf(signal)]);
      process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
      return EXIT.passed;
    } finally {
      await owned.stop();
    }
  },
  { ending: 'stopping everything that was started', ended: '' },
);
// What a signal broke off may still be trying; nothing waits for it.
process.exit();

/** Rejects with a signal's reason. */
async function endOf(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

async function measure(
  settings: ReturnType<typeof loadSettings>['settings'],
  redis: Redis,
  mongo: MongoClient,
) {
  const stores = await connectStores(settings, pino({ level: 'silent' }));
  const shadows = mongo.db().collection('kv_shadow');
  const keys = new CacheKeys(settings.namespace, settings.slots);
  const firstVersion = Date.now() * 1000;
  const say = (text: string) => process.stderr.write(`${text}\n`);
  try {
    await stores.mongo.ensureIndexes();
    say('filling the shadows');
    for (let from = 0; from < KEYS; from += BATCH) {
      const documents = Array.from({ length: Math.min(BATCH, KEYS - from) }, (_, index) => {
        const key = name(from + index);
        return {
          _id: key as never,
          slot: slotOf(key, settings.slots),
          lastValue: VALUE,
          valueHash: 'a'.repeat(64),
          version: Long.fromNumber(firstVersion + from + index),
          lastWriteAt: new Date(),
          metadata: { syncMethod: 'ASYNC_THREAD', syncTimestamp: new Date().toISOString() },
        };
      });
      await shadows.insertMany(documents, { ordered: false });
    }
    const load = async () => {
      for (let from = 0; from < KEYS; from += BATCH) {
        const pipeline = redis.pipeline();
        for (let number = from; number < Math.min(from + BATCH, KEYS); number++) {
          const key = name(number);
          const pair = keys.pair(slotOf(key, settings.slots), key);
          pipeline.hset(pair, 'value', VALUE, 'version', firstVersion + number);
        }
        await pipeline.exec();
      }
    };
    const scan = async () => {
      let seen = 0;
      let cursor = '0';
      do {
        const [next, names] = await redis.scan(
          cursor,
          'MATCH',
          `${settings.namespace}:{*}:kv:*`,
          'COUNT',
          BATCH,
        );
        cursor = next;
        seen += names.length;
      } while (cursor !== '0');
      for await (const _ of shadows.find({}, { batchSize: BATCH })) seen++;
      if (seen !== 2 * KEYS) throw new Error(`the bare scan saw ${seen} entries`);
    };
    await load();
    const rounds = {
      bareScan: [] as number[],
      verify: [] as number[],
      bareLoad: [] as number[],
      restore: [] as number[],
    };
    const growth = { verify: 0, restore: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      say(`round ${round + 1}: bare scan, verify`);
      rounds.bareScan.push(await perSecond(scan));
      const checked = await withMemory(async () => {
        const report = await verify(stores);
        if (report.health !== 'HEALTHY' || report.keys !== KEYS) throw new Error(JSON.stringify(report));
      });
      rounds.verify.push(checked.perSecond);
      growth.verify = Math.max(growth.verify, checked.growthMiB);
    }
    for (let round = 0; round < ROUNDS; round++) {
      say(`round ${round + 1}: bare load, restore`);
      await redis.flushall('SYNC');
      rounds.bareLoad.push(await perSecond(load));
      await redis.flushall('SYNC');
      await stores.layout.check();
      const restored = await withMemory(async () => {
        const report = await restore(stores);
        if (report.restored !== KEYS) throw new Error(JSON.stringify(report));
      });
      rounds.restore.push(restored.perSecond);
      growth.restore = Math.max(growth.restore, restored.growthMiB);
    }
    const { health } = await verify(stores);
    const mean = (rates: number[]) => Math.round(rates.reduce((sum, rate) => sum + rate, 0) / rates.length);
    return {
      keys: KEYS,
      keysPerSecond: Object.fromEntries(Object.entries(rounds).map(([row, rates]) => [row, mean(rates)])),
      eachRound: Object.fromEntries(
        Object.entries(rounds).map(([row, rates]) => [row, rates.map((rate) => Math.round(rate))]),
      ),
      verifyOfBareScan: mean(rounds.verify) / mean(rounds.bareScan),
      restoreOfBareLoad: mean(rounds.restore) / mean(rounds.bareLoad),
      memoryGrowthMiB: growth,
      healthAfterRestore: health,
    };
  } finally {
    await stores.stop();
  }
}

async function perSecond(task: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await task();
  return (KEYS / (performance.now() - startedAt)) * 1000;
}

/** The rate, and by how much the process's resident memory rose above where it was before. */
async function withMemory(task: () => Promise<void>): Promise<{ perSecond: number; growthMiB: number }> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let highest = before;
  const timer = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().rss);
  }, 50);
  try {
    const rate = await perSecond(task);
    return { perSecond: rate, growthMiB: Math.round((highest - before) / MEBIBYTE) };
  } finally {
    clearInterval(timer);
  }
}
