import { awaitCondition, holdsInTime } from '../system/await-condition.js';
import { servesWrites } from '../system/deployment.js';
import { type FaultScene, lasting } from './fault-scene.js';

/** How long a write to be under way is waited for, in milliseconds. */
const WRITE_WITHIN_MS = 3000;
/** How long pods may take to find Redis again, in milliseconds: they try every 2 s at least. */
const FOUND_WITHIN_MS = 15_000;

/** Kills Redis while writes are under way, and starts it on its append-only file. Resolves when pods have it again. */
export async function killRedis(scene: FaultScene, downMs: number): Promise<void> {
  const { deployment, downtimes, witness, clock, signal, say } = scene;
  const underWay = () => scene.writesUnderWay(0) + scene.writesUnderWay(1);
  await holdsInTime(() => underWay() > 0, { timeoutMs: WRITE_WITHIN_MS, everyMs: 1, signal });
  const back = downtimes.begin('redis', 'kill-redis', () => clock.now());
  say(`Redis killed with ${underWay()} writes under way`);
  await deployment.kill(deployment.front.current);
  witness.pause();
  await lasting(downMs, scene);
  await deployment.front.current.start(signal);
  const lost = await witness.lostByRedis();
  if (lost > 0) scene.onRedisLoss(lost);
  await awaitCondition(
    'both pods have found Redis again',
    async () => (await Promise.all(deployment.pods.map(servesWrites))).every(Boolean),
    { timeoutMs: FOUND_WITHIN_MS, signal },
  );
  back();
}
