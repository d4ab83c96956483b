import { holdsInTime } from '../system/await-condition.js';
import { withEventsOnly } from './event-only.js';
import { allLeaves, type FaultScene } from './fault-scene.js';

/** Events that must wait before the keys go. */
const WAITING = 20;
/** How long that many may take to gather, in milliseconds; fewer have to do after that. */
const WAITING_WITHIN_MS = 8000;
/** A pause that this test does not end itself is over by then, in milliseconds. */
const LONGEST_MS = 60_000;

/**
 * Removes keys of the queues while jobs wait in them, as a Redis does that evicts: the jobs are gone, and what says that
 * they are there may be left. Resolves when what had waited was drained all the same.
 */
export async function evictQueues(scene: FaultScene, keys: 'waiting' | 'all'): Promise<void> {
  const { deployment, projection, queuePrefix, stores, signal, say } = scene;
  await withEventsOnly(scene, async () => {
    await projection.begin(Date.now() + LONGEST_MS);
    try {
      await holdsInTime(async () => (await stores.outbox.countUnprocessed(WAITING)) >= WAITING, {
        timeoutMs: WAITING_WITHIN_MS,
        everyMs: 100,
        signal,
      });
      const removed = await deployment.redis.withMasters(async (redis) => {
        const of = (part: string) => redis.keys(`${queuePrefix}:${part}`);
        const names = keys === 'all' ? await of('*') : [...(await of('*:wait')), ...(await of('*:paused'))];
        return names.length === 0 ? 0 : redis.del(names);
      });
      say(`${removed.reduce((sum, each) => sum + each, 0)} keys of the queues removed`);
    } finally {
      await projection.end();
    }
  });
  await allLeaves('after keys of the queues were evicted', scene);
}
