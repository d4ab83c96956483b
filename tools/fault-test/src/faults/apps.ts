import { seconds } from '@hybrid-sync/trials';
import { awaitCondition, holdsInTime } from '../system/await-condition.js';
import { servesWrites, whileFrozen } from '../system/deployment.js';
import { BACKLOG_MS, between, drawDownMs, drawWhich, pick, START_MS } from './draw.js';
import { type FaultScene, gathered, lasting, midWrite, whilePaused } from './fault-scene.js';
import { kindOfFault } from './kind-of-fault.js';

/** How long a pod may take to serve writes after its start, in milliseconds. */
const SERVING_WITHIN_MS = 30_000;

/** SIGKILL of a pod in the middle of writes, and a new start. Mended when it is ready. */
export const killApi = kindOfFault({
  draw: (random) => ({ pod: drawWhich(random), downMs: drawDownMs(random) }),
  expectedMs: ({ downMs }) => downMs + START_MS,
  words: ({ pod, downMs }) => `SIGKILL api ${pod}, back after ${seconds(downMs)}`,
  async bringAbout(scene, { pod, downMs }) {
    const { deployment, downtimes, pods, signal, say } = scene;
    const app = deployment.pods[pod];
    const underWay = () => pods.writesUnderWay(pod);
    const isMidWrite = await midWrite(underWay, scene);
    const back = downtimes.begin(`api-${pod}`, 'kill-api');
    const writes = underWay();
    await app.kill();
    say(`api ${pod} killed${isMidWrite ? ` with ${writes} writes` : ', without a write'} under way`);
    await lasting(downMs, scene);
    // It serves writes before it is ready, which it is only when MongoDB is there.
    const patience = { timeoutMs: SERVING_WITHIN_MS, signal };
    await Promise.all([
      app.start(signal),
      awaitCondition(`api ${pod} serves writes again`, () => servesWrites(app), patience).then(back),
    ]);
  },
});

/** How long a job in the pod's hands is waited for while MongoDB is held, in milliseconds: below the fast path's 2 s. */
const JOB_WITHIN_MS = 1500;
/** How often MongoDB is held for it. */
const ATTEMPTS = 5;
/** Time between two attempts, in milliseconds. */
const BETWEEN_MS = 1500;

/**
 * SIGSTOP of a pod whose fast worker has a job in hand, for longer than anyone waits for that job; thawed, the worker ends
 * it late. To be sure of the job, MongoDB is held for a moment: jobs then stay in hand.
 */
export const freezeApi = kindOfFault({
  draw: (random, { apiFrozenMs }) => ({ pod: drawWhich(random), frozenMs: pick(random, apiFrozenMs) }),
  expectedMs: ({ frozenMs }) => frozenMs + START_MS,
  words: ({ pod, frozenMs }) => `freeze api ${pod} for ${seconds(frozenMs)} with a job in hand`,
  async bringAbout(scene, { pod, frozenMs }) {
    const { deployment, downtimes, signal, say } = scene;
    const app = deployment.pods[pod];
    let jobs = 0;
    const hasJobs = async () => {
      jobs = await jobsInHand(app.url);
      return jobs > 0;
    };
    for (let attempt = 1; attempt <= ATTEMPTS && jobs === 0; attempt++) {
      if (attempt > 1) await lasting(BETWEEN_MS, scene);
      const released = downtimes.begin('mongodb', 'freeze-api');
      await whileFrozen(deployment.mongodb('gateway'), async () => {
        await holdsInTime(hasJobs, { timeoutMs: JOB_WITHIN_MS, everyMs: 10, signal });
        if (jobs > 0) await app.signal('SIGSTOP');
      });
      released();
    }
    const back = downtimes.begin(`api-${pod}`, 'freeze-api');
    await whileFrozen([app], async () => {
      say(`api ${pod} frozen with ${jobs} jobs in hand`);
      await lasting(frozenMs, scene);
    });
    back();
  },
});

/** Jobs that a pod's fast worker has in hand, by its own metrics. */
async function jobsInHand(url: string): Promise<number> {
  const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(JOB_WITHIN_MS) });
  const value = /^hybrid_sync_fast_workers_active(?:\{[^}]*\})? (\d+)/m.exec(await answer.text())?.[1];
  return Number(value ?? 0);
}

/** Longest time between a projector's taking a slot in hand and its kill, in milliseconds. */
const MAX_IN_HAND_MS = 25;
/** Events that must wait before the projector is let loose on them. */
const BACKLOG_EVENTS = 100;
/** How long a projector may take to begin with a backlog, in milliseconds: its sweep comes every 2 s. */
const BEGUN_WITHIN_MS = 10_000;

/**
 * SIGKILL of a projector in the middle of a drain: the fast path is paused, so that all writes become events; both
 * projectors are frozen, so that the events wait; then one is thawed, and killed when it has a slot in hand, or some
 * milliseconds after that. The other one is thawed with its death, and has to take the slot over. Mended when the dead one
 * is ready again.
 */
export const killProjector = kindOfFault({
  draw(random) {
    const afterMs = Math.floor(between(random, [0, MAX_IN_HAND_MS]));
    return { projector: drawWhich(random), afterMs, downMs: drawDownMs(random) };
  },
  expectedMs: ({ downMs }) => BACKLOG_MS + downMs + START_MS,
  words: ({ projector, downMs }) =>
    `SIGKILL projector ${projector} in the middle of a drain, back after ${seconds(downMs)}`,
  async bringAbout(scene, { projector: victim, afterMs, downMs }) {
    const { deployment, stores, fastPath, probes, signal, say } = scene;
    const dying = deployment.projectors[victim];
    const living = deployment.projectors[victim === 0 ? 1 : 0];
    await whilePaused(fastPath, async () => {
      for (const each of [dying, living]) await each.signal('SIGSTOP');
      await gathered(BACKLOG_EVENTS, () => stores.outbox.countUnprocessed(BACKLOG_EVENTS), scene);
    });
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
});

/** Slots of which a projector has a batch in hand, or had one when it died. */
async function slotsInHand({ stores, settings }: FaultScene): Promise<number[]> {
  const all = Array.from({ length: settings.slots }, (_, slot) => slot);
  const marks = await Promise.all(all.map((slot) => stores.marker.find(slot)));
  return all.filter((slot) => marks[slot] !== undefined);
}
