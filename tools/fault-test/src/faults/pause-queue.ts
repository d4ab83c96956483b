import { seconds } from '@hybrid-sync/trials';
import { BACKLOG_MS } from './draw.js';
import { withEventsOnly } from './event-only.js';
import { allLeaves, lasting } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';

/** A pause that this test does not end itself is over by then, in milliseconds. */
const LONGEST_MS = 120_000;

/** Someone pauses the projection queue while events come: they have to be drained all the same. Mended when it is resumed. */
export const pauseQueue: KindOfFault<{ readonly pausedMs: number }> = {
  draw: (_, { queuePausedMs }) => ({ pausedMs: queuePausedMs }),
  expectedMs: ({ pausedMs }) => BACKLOG_MS + pausedMs,
  words: ({ pausedMs }) => `the projection queue paused for ${seconds(pausedMs)}`,
  async bringAbout(scene, { pausedMs }) {
    const { projection } = scene;
    await projection.begin(Date.now() + LONGEST_MS);
    try {
      await withEventsOnly(scene, () => lasting(pausedMs, scene));
      await allLeaves('with the projection queue paused', scene);
    } finally {
      await projection.end();
    }
  },
};
