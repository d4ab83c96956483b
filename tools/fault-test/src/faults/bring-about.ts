import { together } from '@hybrid-sync/trials';
import type { PlannedFault } from '../schedule/make-schedule.js';
import { type FaultScene, lasting } from './fault-scene.js';
import { type Fault, kindOf } from './kinds.js';

/**
 * Brings a round's faults about, one after the other, each at its time or, when the one before took longer, at least
 * `leastGapMs` after that one was mended. Resolves when the last one is mended.
 * @throws when a process does not come back; the signal's reason when that aborts
 */
export async function bringAbout(
  faults: readonly PlannedFault[],
  startedAt: number,
  leastGapMs: number,
  scene: FaultScene,
): Promise<void> {
  const { clock, signal } = scene;
  let freeAt = startedAt;
  for (const { atMs, fault, within } of faults) {
    await clock.sleepUntil(Math.max(startedAt + atMs, freeAt), signal);
    signal.throwIfAborted();
    await together(
      signal,
      (either) => begin(fault, { ...scene, signal: either }),
      async (either) => {
        if (within === undefined) return;
        const inside = { ...scene, signal: either };
        await lasting(within.afterMs, inside);
        await begin(within.fault, inside);
      },
    );
    freeAt = clock.now() + leastGapMs;
  }
}

async function begin(fault: Fault, scene: FaultScene): Promise<void> {
  const kind = kindOf(fault);
  scene.say(kind.words(fault));
  await kind.bringAbout(scene, fault);
}
