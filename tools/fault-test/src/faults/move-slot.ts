import { CacheKeys } from '@hybrid-sync/sync-core';
import { bothWrite, type FaultScene, lasting } from './fault-scene.js';

/**
 * Moves all keys of one of our slots to another master while they are written. Until they all are there, writes of the
 * slot are refused. Resolves when both pods write.
 */
export async function moveSlot(scene: FaultScene, which: number, halfwayMs: number): Promise<void> {
  const { deployment, downtimes, namespace, slots, clock, say } = scene;
  const slot = Math.floor(which * slots);
  const back = downtimes.begin('redis', 'move-slot', () => clock.now());
  const from = clock.now();
  await deployment.replicated.cluster?.moveSlotOf(new CacheKeys(namespace, slots).clock(slot), () =>
    lasting(halfwayMs, scene),
  );
  say(`slot ${slot} moved in ${((clock.now() - from) / 1000).toFixed(1)} s`);
  await bothWrite(scene);
  back();
}
