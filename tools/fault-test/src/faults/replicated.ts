import type { OwnRedis } from '@hybrid-sync/services/own-redis';
import { seconds } from '@hybrid-sync/trials';
import { bothServe, bothWrite, type FaultScene } from './fault-scene.js';

/** The topologies of Redis that have replicas. */
export const REPLICATED = ['sentinel', 'cluster'] as const;
/** A failover takes about this long, until all servers are in their places, in milliseconds. */
export const REPLACED_MS = 8000;
/** How long pods may take to serve writes once all keys have a master, in milliseconds. */
const SERVE_WITHIN_MS = 60_000;

/** Waits until a replica has the lost master's place, and pods write to it. */
export async function replaced(scene: FaultScene, master: OwnRedis): Promise<void> {
  const { deployment, clock, signal, say } = scene;
  const redis = deployment.replicated;
  const from = clock.now();
  const masters = await redis.takenOver(master, signal);
  const tookMs = clock.now() - from;
  await bothServe(scene, SERVE_WITHIN_MS);
  say(
    `${redis.nameOf(master)} was replaced after ${seconds(tookMs)}, pods serve after ${seconds(clock.now() - from)}; ` +
      `masters: ${masters.map((each) => redis.nameOf(each)).join(', ')}`,
  );
}

/** Waits until every server of Redis is back in its place, and both pods write. */
export async function wholeAgain(scene: FaultScene): Promise<void> {
  await scene.deployment.replicated.whole(scene.signal);
  await bothServe(scene, SERVE_WITHIN_MS);
  await bothWrite(scene);
}
