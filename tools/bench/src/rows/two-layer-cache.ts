import KeyvMongo from '@keyv/mongo';
import KeyvRedis from '@keyv/redis';
import { Cacheable } from 'cacheable';
import type { OpenRow, RowSurroundings } from './row.js';

const COLLECTION = 'keyv';

/** The npm package `cacheable`, Redis as its first layer and MongoDB as its second; both are awaited. */
export async function twoLayerCache({ redisUrl, mongodbUrl, pairs }: RowSurroundings): Promise<OpenRow> {
  const failures: unknown[] = [];
  const mongo = new KeyvMongo(mongodbUrl, { collection: COLLECTION, writeConcern: { w: 'majority' } });
  const redis = new KeyvRedis(redisUrl, { throwOnErrors: true });
  const cache = new Cacheable({ primary: redis, secondary: mongo, nonBlocking: false });
  // Without a listener its errors would be lost: it answers all the same.
  for (const source of [cache, mongo, redis]) source.on('error', (error: unknown) => failures.push(error));
  const { store } = await mongo.connect;
  await store.insertMany(
    pairs.keys.map((key) => ({ key, value: '', expiresAt: null })),
    { ordered: false },
  );
  return {
    async write(number) {
      const { key, value } = pairs.at(number);
      if (!(await cache.set(key, value)) || failures.length > 0) throw failures[0] ?? new Error('not set');
      return undefined;
    },
    async close() {
      await cache.disconnect();
    },
  };
}
