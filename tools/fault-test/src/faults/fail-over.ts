import { seconds } from '@hybrid-sync/trials';
import { START_MS } from './draw.js';
import { bothWrite, lasting } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';

/** How long a demoted Redis goes on running, in milliseconds: longer than a pod may be green while its writes fail. */
const KEPT_MS = 15_000;

/**
 * Promotes a replica that has every write and makes the old Redis its replica, as a managed failover does: connections to
 * the old one stay open, and answer READONLY. Mended when both pods write to the new one, and the old one is gone.
 */
export const failOver: KindOfFault<{
  /** How long the demoted one goes on running. */
  readonly keptMs: number;
}> = {
  of: ['single'],
  draw: () => ({ keptMs: KEPT_MS }),
  expectedMs: ({ keptMs }) => START_MS + keptMs,
  words: ({ keptMs }) => `failover of Redis with sockets kept for ${seconds(keptMs)}`,
  async bringAbout(scene, { keptMs }) {
    const { deployment, downtimes, bare, clock, signal, say } = scene;
    const { front } = deployment;
    const old = front.current;
    const replica = await front.startReplica(front.aheadMs(), signal);
    bare.pause();
    const back = downtimes.begin('redis', 'fail-over');
    await front.failOver(replica, signal);
    const from = clock.now();
    say(
      `${replica.name} promoted, ${old.name} demoted; ${front.apps.connections} connections stay where they are`,
    );
    await bothWrite(scene, from);
    say(`both pods write to ${replica.name} ${seconds(clock.now() - from)} later`);
    back();
    const lost = await bare.lostByRedis();
    if (lost > 0) scene.onRedisLoss(lost);
    await lasting(keptMs, scene);
    const closing = downtimes.begin('redis', 'fail-over');
    await old.kill();
    await front.forget(old);
    await bothWrite(scene);
    closing();
  },
};
