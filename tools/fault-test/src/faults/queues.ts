import { queuePrefix } from '@hybrid-sync/sync-core';
import { seconds } from '@hybrid-sync/trials';
import { askPod } from '../system/deployment.js';
import { BACKLOG_MS, pick } from './draw.js';
import { allLeaves, type FaultScene, gathered, lasting, whilePaused } from './fault-scene.js';
import { kindOfFault } from './kind-of-fault.js';

/** Events that must wait before keys go. */
const WAITING = 20;

/**
 * Keys of the queues vanish while jobs wait in them, as in a Redis that evicts: the list of jobs that wait for projection, or
 * all. The jobs are gone, and what says that they are there may be left. What had waited has to be drained all the same.
 */
export const evictQueues = kindOfFault({
  draw: (random) => ({ keys: pick(random, ['waiting', 'all'] as const) }),
  expectedMs: () => 2 * BACKLOG_MS,
  words: ({ keys }) => `keys of the queues evicted (${keys})`,
  async bringAbout(scene, { keys }) {
    const { deployment, projection, settings, stores, say } = scene;
    const evict = async () => {
      await gathered(WAITING, () => stores.outbox.countUnprocessed(WAITING), scene);
      const removed = await deployment.redis.withMasters(async (redis) => {
        const of = (part: string) => redis.keys(`${queuePrefix(settings.namespace)}:${part}`);
        const names = keys === 'all' ? await of('*') : [...(await of('*:wait')), ...(await of('*:paused'))];
        return names.length === 0 ? 0 : redis.del(names);
      });
      say(`${removed.reduce((sum, each) => sum + each, 0)} keys of the queues removed`);
    };
    await withEventsOnly(scene, () => whilePaused(projection, evict));
    await allLeaves('after keys of the queues were evicted', scene);
  },
});

/** Someone pauses the projection queue while events come: they have to be drained all the same. Mended when it is resumed. */
export const pauseQueue = kindOfFault({
  draw: (_, { queuePausedMs }) => ({ pausedMs: queuePausedMs }),
  expectedMs: ({ pausedMs }) => BACKLOG_MS + pausedMs,
  words: ({ pausedMs }) => `the projection queue paused for ${seconds(pausedMs)}`,
  bringAbout: (scene, { pausedMs }) =>
    whilePaused(scene.projection, async () => {
      await withEventsOnly(scene, () => lasting(pausedMs, scene));
      await allLeaves('with the projection queue paused', scene);
    }),
});

/** While `work` lasts, every write becomes an event: so is it set at run time, and reset afterwards. */
async function withEventsOnly({ deployment }: FaultScene, work: () => Promise<void>): Promise<void> {
  const [pod] = deployment.pods;
  await askPod(pod, '/sync/settings', { settings: { 'app.sync.mode': 'event-only' } });
  try {
    await work();
  } finally {
    await askPod(pod, '/sync/settings/reset', { names: ['app.sync.mode'], apply: true });
  }
}
