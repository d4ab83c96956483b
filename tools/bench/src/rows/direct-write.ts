import { guideUpsert } from './guide-upsert.js';
import type { OpenRow, RowSurroundings } from './row.js';
import { openMongo, openRedis, shadowsOf } from './row-connections.js';

/** What one writes first: SET, then an upsert of the shadow, both awaited. */
export async function directWrite({ redisUrl, mongodbUrl, pairs }: RowSurroundings): Promise<OpenRow> {
  const mongo = await openMongo(mongodbUrl);
  const shadows = shadowsOf(mongo);
  const redis = openRedis(redisUrl);
  await redis.ping();
  return {
    async write(number) {
      const pair = pairs.at(number);
      await redis.set(pair.key, pair.value);
      await guideUpsert(shadows, pair);
      return undefined;
    },
    async close() {
      redis.disconnect();
      await mongo.close();
    },
  };
}
