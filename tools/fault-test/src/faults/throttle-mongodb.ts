import { seconds } from '@hybrid-sync/trials';
import { pick } from './draw.js';
import { allLeaves, lasting } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';

const COLLECTIONS = { shadows: ['kv_shadow'], all: ['kv_shadow', 'outbox'] } as const;

/**
 * MongoDB answers, and refuses each single write of the shadows, or of all, with 16500 for being too many. No event is at
 * fault for that. Needs the gateway; a `mongod` is left alone. Mended when what had waited was drained.
 */
export const throttleMongodb: KindOfFault<{
  readonly collections: keyof typeof COLLECTIONS;
  readonly throttledMs: number;
}> = {
  draw: (random, { throttledMs }) => ({
    collections: pick(random, ['shadows', 'all'] as const),
    throttledMs,
  }),
  expectedMs: ({ throttledMs }) => throttledMs,
  words: ({ collections, throttledMs }) => `MongoDB throttled (${collections}) for ${seconds(throttledMs)}`,
  async bringAbout(scene, { collections, throttledMs }) {
    const { gateway } = scene.deployment;
    if (gateway === undefined) {
      scene.say('this MongoDB has no gateway that could throttle it: left out');
      return;
    }
    const back = scene.downtimes.begin('mongodb', 'throttle-mongodb');
    gateway.tell({ throttle: COLLECTIONS[collections] });
    try {
      await lasting(throttledMs, scene);
    } finally {
      gateway.tell({ throttle: [] });
    }
    back();
    await allLeaves('after MongoDB was throttled', scene);
  },
};
