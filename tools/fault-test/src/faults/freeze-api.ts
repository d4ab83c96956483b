import { seconds } from '@hybrid-sync/trials';
import { holdsInTime } from '../system/await-condition.js';
import type { Which } from '../system/deployment.js';
import { drawWhich, pick, START_MS } from './draw.js';
import { lasting } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';
import { processesOf } from './mongodb-outage.js';

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
export const freezeApi: KindOfFault<{ readonly pod: Which; readonly frozenMs: number }> = {
  draw: (random, { apiFrozenMs }) => ({ pod: drawWhich(random), frozenMs: pick(random, apiFrozenMs) }),
  expectedMs: ({ frozenMs }) => frozenMs + START_MS,
  words: ({ pod, frozenMs }) => `freeze api ${pod} for ${seconds(frozenMs)} with a job in hand`,
  async bringAbout(scene, { pod, frozenMs }) {
    const { deployment, downtimes, signal, say } = scene;
    const app = deployment.pods[pod];
    const mongodb = processesOf(deployment, 'gateway');
    let jobs = 0;
    const hasJobs = async () => {
      jobs = await jobsInHand(app.url);
      return jobs > 0;
    };
    for (let attempt = 1; attempt <= ATTEMPTS && jobs === 0; attempt++) {
      if (attempt > 1) await lasting(BETWEEN_MS, scene);
      const released = downtimes.begin('mongodb', 'freeze-api');
      for (const each of mongodb) await each.signal('SIGSTOP');
      await holdsInTime(hasJobs, { timeoutMs: JOB_WITHIN_MS, everyMs: 10, signal });
      if (jobs > 0) await app.process.signal('SIGSTOP');
      for (const each of mongodb) await each.signal('SIGCONT');
      released();
    }
    const back = downtimes.begin(`api-${pod}`, 'freeze-api');
    if (jobs === 0) await app.process.signal('SIGSTOP');
    say(`api ${pod} frozen with ${jobs} jobs in hand`);
    await lasting(frozenMs, scene);
    await app.process.signal('SIGCONT');
    back();
  },
};

/** Jobs that a pod's fast worker has in hand, by its own metrics. */
async function jobsInHand(url: string): Promise<number> {
  const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(JOB_WITHIN_MS) });
  const value = /^hybrid_sync_fast_workers_active(?:\{[^}]*\})? (\d+)/m.exec(await answer.text())?.[1];
  return Number(value ?? 0);
}
