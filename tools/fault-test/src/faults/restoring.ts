import { awaitCondition } from '../system/await-condition.js';
import { askPod } from '../system/deployment.js';
import type { FaultScene } from './fault-scene.js';

/** By then an answer of a Redis that is gone has come in, in milliseconds. */
const ANSWERS_LATER_MS = 3000;
/** How long a call of the restore may take to be answered, failed ones included, in milliseconds. */
const CALL_WITHIN_MS = 90_000;

/**
 * Does `work`, in which Redis may lose what it had acknowledged since `from`, on the run's clock: now unless given. Then
 * restores what MongoDB has of it. Where answers did not wait for `keptBy` replicas, what was answered `JOURNALED` between
 * `from` and the moment that `work` resolves with is not asked for any more: only the lost data held it.
 */
export async function restoring(
  scene: FaultScene,
  work: () => Promise<number>,
  { keptBy = 1, from = scene.clock.now() } = {},
): Promise<void> {
  const { deployment, bare, traffic, say } = scene;
  bare.pause();
  traffic.redisLostData();
  const until = await work();
  say(`${await restoreAll(scene)} pairs restored`);
  // Answers of the old one may have come in a little later.
  const mayBeGone = deployment.waitReplicas < keptBy ? { from, until: until + ANSWERS_LATER_MS } : undefined;
  traffic.redisRestored(mayBeGone);
  await bare.lostByRedis(); // that it did was the fault
}

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
