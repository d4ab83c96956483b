import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';

function fromEnvironment(name: 'TEST_REDIS_URL' | 'TEST_MONGODB_URL'): string {
  const url = process.env[name];
  if (!url) throw new Error(`${name} is not set: run this test with "npm test", which starts the services`);
  return url;
}

/** A namespace in Redis and a database in MongoDB that no other suite uses. */
export interface TestSpace {
  /** What a process needs in its environment to use the space. */
  readonly env: Record<'REDIS_URL' | 'MONGODB_URL' | 'HYBRID_SYNC_NAMESPACE', string>;
  /** Removes the database and the keys. */
  clear(): Promise<void>;
}

/** Makes a {@link TestSpace} on the services that `npm test` started. */
export function testSpace(): TestSpace {
  const namespace = `t${randomUUID().slice(0, 8)}`;
  const mongodb = new URL(fromEnvironment('TEST_MONGODB_URL'));
  mongodb.pathname = `/${namespace}`;
  const env = {
    REDIS_URL: fromEnvironment('TEST_REDIS_URL'),
    MONGODB_URL: mongodb.href,
    HYBRID_SYNC_NAMESPACE: namespace,
  };
  return {
    env,
    async clear() {
      const redis = new Redis(env.REDIS_URL);
      const keys = await redis.keys(`${namespace}:*`);
      if (keys.length > 0) await redis.del(...keys);
      redis.disconnect();
      const client = new MongoClient(env.MONGODB_URL);
      await client.db().dropDatabase();
      await client.close();
    },
  };
}
