import { seconds } from '@hybrid-sync/trials';
import { holdsInTime } from '../system/await-condition.js';
import { BACKLOG_MS, START_MS } from './draw.js';
import { allLeaves, bothWrite, lasting } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';
import { processesOf } from './mongodb-outage.js';

/** Journal entries that must wait before Redis is full. */
const WAITING = 50;
/** How long that many may take to gather, in milliseconds; fewer have to do after that. */
const WAITING_WITHIN_MS = 10_000;

/**
 * MongoDB is away, writes are journaled, and then Redis is at its memory limit. MongoDB comes back while it still is:
 * what waits has to leave the journal all the same, since only that frees memory. Mended when the limit is lifted.
 */
export const fillRedis: KindOfFault<{
  /** From reaching the limit to MongoDB's return. */
  readonly fullMs: number;
}> = {
  draw: (_, { redisFullMs }) => ({ fullMs: redisFullMs }),
  expectedMs: ({ fullMs }) => BACKLOG_MS + fullMs + START_MS,
  words: ({ fullMs }) => `Redis at its memory limit while MongoDB is away, for ${seconds(fullMs)}`,
  async bringAbout(scene, { fullMs }) {
    const { deployment, downtimes, stores, signal, say } = scene;
    const mongodb = processesOf(deployment, 'both');
    const away = downtimes.begin('mongodb', 'fill-redis');
    for (const process of mongodb) await process.signal('SIGSTOP');
    await holdsInTime(async () => (await stores.journal.totalLength()) >= WAITING, {
      timeoutMs: WAITING_WITHIN_MS,
      everyMs: 100,
      signal,
    });
    const full = downtimes.begin('redis', 'fill-redis');
    await deployment.redis.withMasters(async (redis) => {
      const used = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? '0';
      await redis.config('SET', 'maxmemory', used);
      say(`Redis may hold the ${used} bytes that it has, ${await stores.journal.totalLength()} writes wait`);
    });
    await lasting(fullMs, scene);
    for (const process of mongodb.toReversed()) await process.signal('SIGCONT');
    away();
    await allLeaves('with Redis at its memory limit and MongoDB back', scene);
    say('the limit is lifted');
    await deployment.redis.withMasters((redis) => redis.config('SET', 'maxmemory', '0'));
    await bothWrite(scene);
    full();
  },
};
