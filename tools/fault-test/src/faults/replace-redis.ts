import { awaitCondition } from '../system/await-condition.js';
import { askPod } from '../system/deployment.js';
import { bothWrite, type FaultScene, lasting } from './fault-scene.js';

/**
 * Kills Redis and puts a replica in its place that has older data and another clock, then restores what MongoDB has of the
 * rest. What was only journaled in the data that are gone is lost, and nothing else. Resolves when all is restored.
 */
export async function replaceRedis(scene: FaultScene, aheadMs: number, olderMs: number): Promise<void> {
  const { deployment, downtimes, witness, traffic, clock, signal, say } = scene;
  const { front } = deployment;
  const old = front.current;
  const replica = await front.startReplica(aheadMs, signal);
  await front.detach(replica);
  const olderFrom = clock.now();
  await lasting(olderMs, scene);
  const back = downtimes.begin('redis', 'replace-redis', () => clock.now());
  witness.pause();
  traffic.redisLostData();
  await deployment.kill(old);
  await front.leadTo(replica);
  for (const line of [front.apps, front.own]) line.reset();
  const replacedAt = clock.now();
  say(`${old.name} killed, ${replica.name} in its place`);
  await bothWrite(scene, replacedAt);
  const restored = await restoreAll(scene);
  say(`${restored} pairs restored`);
  // Answers of the old one may have come in a little later.
  traffic.redisRestored(olderFrom, replacedAt + ANSWERS_LATER_MS);
  await witness.lostByRedis(); // that it did was the fault
  back();
  await front.forget(old);
}

/** By then an answer of a Redis that is gone has come in, in milliseconds. */
const ANSWERS_LATER_MS = 3000;

/** How long a call of the restore may take to be answered, failed ones included, in milliseconds. */
const CALL_WITHIN_MS = 90_000;

/** As an operator does, by as many calls as it takes. */
async function restoreAll({ deployment, signal }: FaultScene): Promise<number> {
  let restored = 0;
  let cursor: unknown = null;
  do {
    const body = { cursor, waitMs: 10_000 };
    // A call that fails is made again: the pod has just lost all its connections to Redis.
    await awaitCondition(
      'a call of restore_cache is answered',
      async () => {
        const part = await askPod(deployment.pods[0], '/sync/restore', body);
        restored += Number(part.restored);
        cursor = part.cursor;
        return true;
      },
      { timeoutMs: CALL_WITHIN_MS, everyMs: 500, signal },
    );
  } while (cursor !== null);
  return restored;
}
