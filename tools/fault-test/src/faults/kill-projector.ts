import { seconds } from '@hybrid-sync/trials';
import { awaitCondition, holdsInTime } from '../system/await-condition.js';
import type { Which } from '../system/deployment.js';
import { BACKLOG_MS, between, drawDownMs, drawWhich, START_MS } from './draw.js';
import { type FaultScene, lasting } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';

/** Longest time between a projector's taking a slot in hand and its kill, in milliseconds. */
const MAX_IN_HAND_MS = 25;
/** Events that must wait before the projector is let loose on them. */
const BACKLOG_EVENTS = 100;
/** How long that many events may take to gather, in milliseconds; fewer have to do after that. */
const BACKLOG_WITHIN_MS = 8000;
/** How long a projector may take to begin with a backlog, in milliseconds: its sweep comes every 2 s. */
const BEGUN_WITHIN_MS = 10_000;
/** A pause of the fast queue that this test does not end itself is over by then, in milliseconds. */
const PAUSE_MS = 60_000;

/**
 * SIGKILL of a projector in the middle of a drain: the fast path is paused, so that all writes become events; both
 * projectors are frozen, so that the events wait; then one is thawed, and killed when it has a slot in hand. The other
 * one is thawed with its death, and has to take the slot over. Mended when the dead one is ready again.
 */
export const killProjector: KindOfFault<{
  readonly projector: Which;
  /** From the moment it has something in hand to the kill; 0 kills as early as can be seen. */
  readonly afterMs: number;
  readonly downMs: number;
}> = {
  draw(random) {
    const afterMs = Math.floor(between(random, [0, MAX_IN_HAND_MS]));
    return { projector: drawWhich(random), afterMs, downMs: drawDownMs(random) };
  },
  expectedMs: ({ downMs }) => BACKLOG_MS + downMs + START_MS,
  words: ({ projector, downMs }) =>
    `SIGKILL projector ${projector} in the middle of a drain, back after ${seconds(downMs)}`,
  async bringAbout(scene, { projector: victim, afterMs, downMs }) {
    const { deployment, stores, fastPath, probes, signal, say } = scene;
    const dying = deployment.projectors[victim].process;
    const living = deployment.projectors[victim === 0 ? 1 : 0].process;
    await fastPath.begin(Date.now() + PAUSE_MS);
    try {
      for (const each of [dying, living]) await each.signal('SIGSTOP');
      const gathered = async () => (await stores.outbox.countUnprocessed(BACKLOG_EVENTS)) >= BACKLOG_EVENTS;
      await holdsInTime(gathered, { timeoutMs: BACKLOG_WITHIN_MS, everyMs: 100, signal });
    } finally {
      await fastPath.end();
    }
    const waiting = await stores.outbox.countUnprocessed(10 * BACKLOG_EVENTS);
    // A mark that is there already belongs to the frozen one that lives on, or is of a drain that began before.
    const before = await slotsInHand(scene);
    await dying.signal('SIGCONT');
    await awaitCondition(
      `projector ${victim} has a slot in hand`,
      async () => (await slotsInHand(scene)).some((slot) => !before.includes(slot)),
      { timeoutMs: BEGUN_WITHIN_MS, everyMs: 1, signal },
    );
    await lasting(afterMs, scene);
    await dying.kill();
    probes.projectorDied();
    const left = await slotsInHand(scene);
    say(`projector ${victim} killed with ${left.length} slots in hand, of ${waiting} events`);
    await living.signal('SIGCONT');
    await lasting(downMs, scene);
    await dying.start(signal);
  },
};

/** Slots of which a projector has a batch in hand, or had one when it died. */
async function slotsInHand({ stores, settings }: FaultScene): Promise<number[]> {
  const all = Array.from({ length: settings.slots }, (_, slot) => slot);
  const marks = await Promise.all(all.map((slot) => stores.marker.find(slot)));
  return all.filter((slot) => marks[slot] !== undefined);
}
