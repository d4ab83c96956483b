import { ServiceLine } from '@hybrid-sync/services/line';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { MongoClient } from 'mongodb';
import type { LoadedSettings } from '../config/checked-settings.js';
import { loadSettings } from '../config/load-settings.js';
import { testDatabaseUrl } from './test-database.js';

/** What a test has for itself. */
export interface OwnStores {
  readonly own: OwnRedis;
  /** The line to MongoDB; open. */
  readonly line: ServiceLine;
  /** Settings for both stores, of four slots. */
  readonly loaded: LoadedSettings;
}

/**
 * Runs this with a Redis of its own and a database of its own behind a line, and removes them. `name`: of the database and the
 * namespace; `env`: further settings, those of the service; `redis`: those of Redis. What it starts it stops itself.
 */
export async function withOwnStores(
  name: string,
  {
    env = {},
    redis = {},
  }: { env?: Readonly<Record<string, string>>; redis?: Readonly<Record<string, string>> },
  use: (stores: OwnStores) => Promise<void>,
): Promise<void> {
  const own = await OwnRedis.start({ settings: redis });
  const namespace = `${name}${own.port}`;
  const directUrl = testDatabaseUrl(namespace);
  const line = await ServiceLine.to(directUrl);
  await line.open();
  const loaded = loadSettings({
    env: {
      REDIS_URL: own.url,
      MONGODB_URL: line.url,
      MONGODB_TIMEOUT_MS: '2000',
      HYBRID_SYNC_NAMESPACE: namespace,
      HYBRID_SYNC_SLOTS: '4',
      ...env,
    },
  });
  try {
    await use({ own, line, loaded });
  } finally {
    await line.cut();
    const client = new MongoClient(directUrl);
    await client.db().dropDatabase();
    await client.close();
    await own.stop();
  }
}
