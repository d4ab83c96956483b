import { randomUUID } from 'node:crypto';
import { type Db, MongoClient } from 'mongodb';
import { pino } from 'pino';
import { CacheKeys } from '../cache/keys.js';
import { loadSettings } from '../config/load-settings.js';
import type { Settings } from '../config/settings.js';
import { connectStores, type Stores } from '../node/stores.js';
import type { ScriptedRedis } from '../redis/scripts.js';
import { testDatabaseUrl } from './test-database.js';
import type { World } from './world.js';

/** The real stores, a {@link World}, with what only a test looks at. */
export interface RealWorld
  extends Omit<Stores, 'redis'>,
    Pick<World, 'clear' | 'setClock' | 'replicate' | 'failOver'> {
  /** The server that has slot 0: of one Redis the only one. */
  readonly redis: ScriptedRedis;
  readonly settings: Settings;
  readonly db: Db;
  /** Removes all data, and closes the connections. */
  stop(): Promise<void>;
}

/** A key, and what it holds as Redis dumps it; expiries are not kept. */
type Kept = readonly [key: string, dump: Buffer | null];

/** The real stores, in a namespace and a database of their own; `env` overrides settings. */
export async function realWorld(slots: number, env: Record<string, string> = {}): Promise<RealWorld> {
  const { TEST_REDIS_URL } = process.env;
  if (!TEST_REDIS_URL) throw new Error('TEST_REDIS_URL is not set: run this test with "npm test"');
  const namespace = `w${randomUUID().slice(0, 8)}`;
  const mongodbUrl = testDatabaseUrl(namespace);
  const { settings } = loadSettings({
    env: {
      REDIS_URL: TEST_REDIS_URL,
      MONGODB_URL: mongodbUrl,
      HYBRID_SYNC_NAMESPACE: namespace,
      HYBRID_SYNC_SLOTS: String(slots),
      OUTBOX_RETRY_BASE_MS: '1',
      OUTBOX_MAX_ATTEMPTS: '1000',
      ...env,
    },
  });
  const stores = await connectStores(settings, pino({ level: 'silent' }));
  await stores.mongo.ensureIndexes();
  const client = new MongoClient(mongodbUrl);
  const db = client.db();
  let kept: Kept[] = [];
  const redis = stores.redis.at(new CacheKeys(namespace, slots).clock(0));
  // Each cache that a test makes listens to it.
  redis.setMaxListeners(0);
  const keysHeld = () => redis.keys(`${namespace}:*`);
  const removeKeys = async () => {
    for (const server of stores.redis.servers) {
      const keys = await server.keys(`${namespace}:*`);
      await Promise.all(keys.map((key) => server.del(key)));
    }
  };
  return {
    ...stores,
    redis,
    settings,
    db,
    async setClock(slot, version) {
      const clock = new CacheKeys(namespace, slots).clock(slot);
      if (version === undefined) await redis.del(clock);
      else await redis.set(clock, version);
    },
    async replicate() {
      kept = await Promise.all(
        (await keysHeld()).map(async (key): Promise<Kept> => [key, await redis.dumpBuffer(key)]),
      );
    },
    async failOver() {
      await removeKeys();
      for (const [key, dump] of kept) if (dump !== null) await redis.restore(key, 0, dump);
    },
    async clear() {
      kept = [];
      await Promise.all([
        removeKeys(),
        db.collection('kv_shadow').deleteMany({}),
        db.collection('outbox').deleteMany({}),
      ]);
    },
    async stop() {
      await removeKeys();
      await db.dropDatabase();
      await client.close();
      await stores.stop();
    },
  };
}
