import type { OpenRow, RowSurroundings } from './row.js';
import { openRedis } from './row-connections.js';

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
    async close() {
      redis.disconnect();
    },
  };
}
