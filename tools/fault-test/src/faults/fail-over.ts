import { bothWrite, type FaultScene, lasting } from './fault-scene.js';

/**
 * Promotes a replica that has every write and makes the old Redis its replica, as a managed failover does: connections to
 * the old one stay open, and answer READONLY. Resolves when both pods write to the new one, and the old one is gone.
 */
export async function failOver(scene: FaultScene, keptMs: number): Promise<void> {
  const { deployment, downtimes, witness, clock, signal, say } = scene;
  const { front } = deployment;
  const old = front.current;
  const replica = await front.startReplica(front.aheadMs(), signal);
  witness.pause();
  const back = downtimes.begin('redis', 'fail-over', () => clock.now());
  await front.failOver(replica, signal);
  const from = clock.now();
  say(
    `${replica.name} promoted, ${old.name} demoted; ${front.apps.connections} connections stay where they are`,
  );
  await bothWrite(scene, from);
  say(`both pods write to ${replica.name} ${((clock.now() - from) / 1000).toFixed(1)} s later`);
  back();
  const lost = await witness.lostByRedis();
  if (lost > 0) scene.onRedisLoss(lost);
  await lasting(keptMs, scene);
  const closing = downtimes.begin('redis', 'fail-over', () => clock.now());
  await deployment.kill(old);
  await front.forget(old);
  await bothWrite(scene);
  closing();
}
