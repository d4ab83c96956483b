import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { type Db, MongoClient } from 'mongodb';
import { inDatabase } from '../system/service-urls.js';

function fromEnvironment(name: 'TEST_REDIS_URL' | 'TEST_MONGODB_URL'): string {
  const url = process.env[name];
  if (!url) throw new Error(`${name} is not set: run this test with "npm test", which starts the services`);
  return url;
}

/** A namespace in Redis and a database in MongoDB that no other suite uses. */
export interface TestSpace {
  /** What a process needs in its environment to use the space. */
  readonly env: Record<'REDIS_URL' | 'MONGODB_URL' | 'HYBRID_SYNC_NAMESPACE', string>;
  /** Uses the database. */
  withDatabase<T>(use: (database: Db) => Promise<T>): Promise<T>;
  /** Removes the database and the keys. */
  clear(): Promise<void>;
}

/** Makes a {@link TestSpace} on the services that `npm test` started. @throws Error where it has started none */
export function testSpace(): TestSpace {
  const namespace = `t${randomUUID().slice(0, 8)}`;
  const env = {
    REDIS_URL: fromEnvironment('TEST_REDIS_URL'),
    MONGODB_URL: inDatabase(fromEnvironment('TEST_MONGODB_URL'), namespace),
    HYBRID_SYNC_NAMESPACE: namespace,
  };
  const withDatabase: TestSpace['withDatabase'] = async (use) => {
    const client = new MongoClient(env.MONGODB_URL);
    try {
      return await use(client.db());
    } finally {
      await client.close();
    }
  };
  return {
    env,
    withDatabase,
    async clear() {
      const redis = new Redis(env.REDIS_URL);
      const keys = await redis.keys(`${namespace}:*`);
      if (keys.length > 0) await redis.del(...keys);
      redis.disconnect();
      await withDatabase((database) => database.dropDatabase());
    },
  };
}
