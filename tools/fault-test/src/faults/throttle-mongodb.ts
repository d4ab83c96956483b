import { allLeaves, type FaultScene, lasting } from './fault-scene.js';

const COLLECTIONS = { shadows: ['kv_shadow'], all: ['kv_shadow', 'outbox'] } as const;

/**
 * MongoDB answers, and refuses each single write of the shadows, or of all, for being too many. No event is at fault for
 * that. Needs the gateway; a `mongod` is left alone. Resolves when what had waited was drained.
 */
export async function throttleMongodb(
  scene: FaultScene,
  collections: keyof typeof COLLECTIONS,
  throttledMs: number,
): Promise<void> {
  const { deployment, downtimes, clock, say } = scene;
  const { gateway } = deployment;
  if (gateway === undefined) {
    say('this MongoDB has no gateway that could throttle it: left out');
    return;
  }
  const back = downtimes.begin('mongodb', 'throttle-mongodb', () => clock.now());
  gateway.tell({ throttle: COLLECTIONS[collections] });
  try {
    await lasting(throttledMs, scene);
  } finally {
    gateway.tell({ throttle: [] });
  }
  back();
  await allLeaves('after MongoDB was throttled', scene);
}
