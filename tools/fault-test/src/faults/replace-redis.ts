import { bothWrite, type FaultScene, lasting } from './fault-scene.js';
import { restoring } from './restoring.js';

/**
 * Kills Redis and puts a replica in its place that has older data and another clock, then restores what MongoDB has of the
 * rest. What was only journaled in the data that are gone is lost, and nothing else. Resolves when all is restored.
 */
export async function replaceRedis(scene: FaultScene, aheadMs: number, olderMs: number): Promise<void> {
  const { deployment, downtimes, clock, signal, say } = scene;
  const { front } = deployment;
  const old = front.current;
  const replica = await front.startReplica(aheadMs, signal);
  await front.detach(replica);
  const olderFrom = clock.now();
  await lasting(olderMs, scene);
  const back = downtimes.begin('redis', 'replace-redis', () => clock.now());
  const work = async () => {
    await deployment.kill(old);
    await front.leadTo(replica);
    for (const line of [front.apps, front.own]) line.reset();
    const replacedAt = clock.now();
    say(`${old.name} killed, ${replica.name} in its place`);
    await bothWrite(scene, replacedAt);
    return replacedAt;
  };
  await restoring(scene, work, olderFrom);
  back();
  await front.forget(old);
}
