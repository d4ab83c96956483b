import { CacheKeys } from '@hybrid-sync/sync-core';
import { seconds } from '@hybrid-sync/trials';
import { msBetween, START_MS } from './draw.js';
import { bothWrite, lasting } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';

/** A slot stays with half of its keys moved for a time drawn between these, in milliseconds. */
const HALFWAY_MS = [500, 2000] as const;

/**
 * Moves all keys of one of our slots to another master of the cluster while they are written. Until they all are there,
 * writes of the slot are refused. Mended when both pods write.
 */
export const moveSlot: KindOfFault<{
  /** Which slot, as a share of all. */
  readonly which: number;
  /** How long it stays with half of the keys moved. */
  readonly halfwayMs: number;
}> = {
  of: ['cluster'],
  draw: (random) => ({ which: random(), halfwayMs: msBetween(random, HALFWAY_MS) }),
  expectedMs: ({ halfwayMs }) => halfwayMs + START_MS,
  words: ({ halfwayMs }) => `a slot moved to another master, ${seconds(halfwayMs)} halfway`,
  async bringAbout(scene, { which, halfwayMs }) {
    const { deployment, downtimes, settings, clock, say } = scene;
    const { namespace, slots } = settings;
    const slot = Math.floor(which * slots);
    const back = downtimes.begin('redis', 'move-slot');
    const from = clock.now();
    await deployment.replicated.cluster?.moveSlotOf(new CacheKeys(namespace, slots).clock(slot), () =>
      lasting(halfwayMs, scene),
    );
    say(`slot ${slot} moved in ${seconds(clock.now() - from)}`);
    await bothWrite(scene);
    back();
  },
};
