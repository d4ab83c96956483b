import type { OpenTheRow } from './row.js';
import { guideUpsert, openMongo, openRedis, shadowsOf } from './row-connections.js';

/** A bare SET: what writing costs when nothing is mirrored. */
export const redisSet: OpenTheRow = async ({ redisUrl, pairs }) => {
  const redis = openRedis(redisUrl);
  await redis.ping();
  return {
    async write(number) {
      const { key, value } = pairs.at(number);
      await redis.set(key, value);
      return undefined;
    },
    close: async () => redis.disconnect(),
  };
};

/**
 * What one writes first: SET, then an upsert of the shadow, both awaited. `writesOneIn`: of so many calls one is a write, and
 * the others are a GET; 1 unless given.
 */
export function directWrite({ writesOneIn = 1 } = {}): OpenTheRow {
  return async ({ redisUrl, mongodbUrl, pairs }) => {
    const mongo = await openMongo(mongodbUrl);
    const shadows = shadowsOf(mongo);
    const redis = openRedis(redisUrl);
    await redis.ping();
    return {
      async write(number) {
        const pair = pairs.at(number);
        if (number % writesOneIn === 0) {
          await redis.set(pair.key, pair.value);
          await guideUpsert(shadows, pair);
        } else {
          await redis.get(pair.key);
        }
        return undefined;
      },
      async close() {
        redis.disconnect();
        await mongo.close();
      },
    };
  };
}
