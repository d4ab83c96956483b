import { guideUpsert } from './guide-upsert.js';
import { type OpenRow, type RowSurroundings, WRITES_ONE_IN } from './row.js';
import { openMongo, openRedis, shadowsOf } from './row-connections.js';

/** A bare SET: what writing costs when nothing is mirrored. */
export async function redisSet({ redisUrl, pairs }: RowSurroundings): Promise<OpenRow> {
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
}

/** What one writes first: SET, then an upsert of the shadow, both awaited. */
export function directWrite(surroundings: RowSurroundings): Promise<OpenRow> {
  return openDirect(surroundings, 1);
}

/** The same, four GET to each write. */
export function directMix(surroundings: RowSurroundings): Promise<OpenRow> {
  return openDirect(surroundings, WRITES_ONE_IN);
}

/** `writesOneIn`: of so many calls one is a write, and the others read. */
async function openDirect(
  { redisUrl, mongodbUrl, pairs }: RowSurroundings,
  writesOneIn: number,
): Promise<OpenRow> {
  const mongo = await openMongo(mongodbUrl);
  const shadows = shadowsOf(mongo);
  const redis = openRedis(redisUrl);
  await redis.ping();
  return {
    async write(number) {
      const pair = pairs.at(number);
      if (number % writesOneIn !== 0) {
        await redis.get(pair.key);
        return undefined;
      }
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
