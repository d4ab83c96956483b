import { memoryMongodb } from './memory-mongodb.js';
import { memoryRedis } from './memory-redis.js';
import type { World } from './world.js';

/** The stores in memory, with the behaviour that their contract tests ask of the real ones. */
export function memoryWorld(slots: number): World {
  const [redis, mongodb] = [memoryRedis(slots), memoryMongodb()];
  return {
    ...redis,
    ...mongodb,
    async clear() {
      await redis.clear();
      await mongodb.clear();
    },
  };
}
