import { seconds } from '@hybrid-sync/trials';
import { awaitCondition } from '../system/await-condition.js';
import { isReady, whileFrozen } from '../system/deployment.js';
import { BACKLOG_MS, pick, START_MS } from './draw.js';
import { allLeaves, bothWrite, gathered, lasting } from './fault-scene.js';
import { kindOfFault } from './kind-of-fault.js';

/** Journal entries that must wait before Redis is full. */
const WAITING = 50;

/**
 * MongoDB is away, writes are journaled, and then Redis is at its memory limit. MongoDB comes back while it still is:
 * what waits has to leave the journal all the same, since only that frees memory. Mended when the limit is lifted.
 */
export const fillRedis = kindOfFault({
  draw: (_, { redisFullMs }) => ({ fullMs: redisFullMs }),
  expectedMs: ({ fullMs }) => BACKLOG_MS + fullMs + START_MS,
  words: ({ fullMs }) => `Redis at its memory limit while MongoDB is away, for ${seconds(fullMs)}`,
  async bringAbout(scene, { fullMs }) {
    const { deployment, downtimes, stores, say } = scene;
    const waiting = () => stores.journal.totalLength();
    const away = downtimes.begin('mongodb', 'fill-redis');
    const full = await whileFrozen(deployment.mongodb('both'), async () => {
      await gathered(WAITING, waiting, scene);
      const mended = downtimes.begin('redis', 'fill-redis');
      await deployment.redis.withMasters(async (redis) => {
        const used = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? '0';
        await redis.config('SET', 'maxmemory', used);
        say(`Redis may hold the ${used} bytes that it has, ${await waiting()} writes wait`);
      });
      await lasting(fullMs, scene);
      return mended;
    });
    away();
    await allLeaves('with Redis at its memory limit and MongoDB back', scene);
    say('the limit is lifted');
    await deployment.redis.withMasters((redis) => redis.config('SET', 'maxmemory', '0'));
    await bothWrite(scene);
    full();
  },
});

/** A silent connection is to be noticed by then, in milliseconds. */
const SILENT_MS = 12_000;
/** How long all may take to be ready once they can, in milliseconds. */
const READY_WITHIN_MS = 30_000;

/**
 * One connection of a pod or a projector to Redis, or all of them, go silent for good: they take bytes and forward none. New
 * ones work, so all that is needed is that someone notices. Mended when everything is ready again.
 */
export const silenceLine = kindOfFault({
  draw: (random) => ({
    connections: pick(random, ['one', 'all'] as const),
    which: random(),
    silentMs: SILENT_MS,
  }),
  expectedMs: ({ silentMs }) => silentMs,
  words: ({ connections }) => `${connections === 'one' ? 'a connection' : 'all connections'} to Redis silent`,
  async bringAbout(scene, { connections, which, silentMs }) {
    const { deployment, downtimes, signal, say } = scene;
    const { lines } = deployment.redis;
    const back = downtimes.begin('redis', 'silence-line');
    const chosen = Math.floor(which * lines.reduce((sum, line) => sum + line.connections, 0));
    let at = 0;
    let first = '';
    const hit = (firstSent: string) => {
      const isOne = at++ === chosen;
      if (isOne) first = /hybrid-sync[-:\w]*/.exec(firstSent)?.[0] ?? '';
      return connections === 'all' || isOne;
    };
    const silenced = lines.reduce((sum, line) => sum + line.silence(hit), 0);
    say(`${silenced} of ${at} connections silent${connections === 'one' ? ` (${first})` : ''}`);
    await lasting(silentMs, scene);
    await bothWrite(scene);
    for (const app of deployment.apps) {
      const patience = { timeoutMs: READY_WITHIN_MS, signal };
      await awaitCondition(`${app.name} is ready`, () => isReady(app), patience);
    }
    back();
  },
});
