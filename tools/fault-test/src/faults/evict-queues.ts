import { queuePrefix } from '@hybrid-sync/sync-core';
import { holdsInTime } from '../system/await-condition.js';
import { BACKLOG_MS, pick } from './draw.js';
import { withEventsOnly } from './event-only.js';
import { allLeaves } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';

/** Events that must wait before the keys go. */
const WAITING = 20;
/** How long that many may take to gather, in milliseconds; fewer have to do after that. */
const WAITING_WITHIN_MS = 8000;
/** A pause that this test does not end itself is over by then, in milliseconds. */
const LONGEST_MS = 60_000;

/**
 * Keys of the queues vanish while jobs wait in them, as in a Redis that evicts: the jobs are gone, and what says that they
 * are there may be left. What had waited has to be drained all the same.
 */
export const evictQueues: KindOfFault<{
  /** The list of jobs that wait for projection, or every key of every queue. */
  readonly keys: 'waiting' | 'all';
}> = {
  draw: (random) => ({ keys: pick(random, ['waiting', 'all'] as const) }),
  expectedMs: () => 2 * BACKLOG_MS,
  words: ({ keys }) => `keys of the queues evicted (${keys})`,
  async bringAbout(scene, { keys }) {
    const { deployment, projection, settings, stores, signal, say } = scene;
    await withEventsOnly(scene, async () => {
      await projection.begin(Date.now() + LONGEST_MS);
      try {
        await holdsInTime(async () => (await stores.outbox.countUnprocessed(WAITING)) >= WAITING, {
          timeoutMs: WAITING_WITHIN_MS,
          everyMs: 100,
          signal,
        });
        const removed = await deployment.redis.withMasters(async (redis) => {
          const of = (part: string) => redis.keys(`${queuePrefix(settings.namespace)}:${part}`);
          const names = keys === 'all' ? await of('*') : [...(await of('*:wait')), ...(await of('*:paused'))];
          return names.length === 0 ? 0 : redis.del(names);
        });
        say(`${removed.reduce((sum, each) => sum + each, 0)} keys of the queues removed`);
      } finally {
        await projection.end();
      }
    });
    await allLeaves('after keys of the queues were evicted', scene);
  },
};
