import { withEventsOnly } from './event-only.js';
import { allLeaves, type FaultScene, lasting } from './fault-scene.js';

/** A pause that this test does not end itself is over by then, in milliseconds. */
const LONGEST_MS = 120_000;

/** Pauses the projection queue while events come: they have to be drained all the same. Resolves when it is resumed. */
export async function pauseQueue(scene: FaultScene, pausedMs: number): Promise<void> {
  const { projection } = scene;
  await projection.begin(Date.now() + LONGEST_MS);
  try {
    await withEventsOnly(scene, () => lasting(pausedMs, scene));
    await allLeaves('with the projection queue paused', scene);
  } finally {
    await projection.end();
  }
}
