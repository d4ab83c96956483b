import { seconds } from '@hybrid-sync/trials';
import { awaitCondition, holdsInTime } from '../system/await-condition.js';
import { servesWrites, type Which } from '../system/deployment.js';
import { drawDownMs, drawWhich, START_MS } from './draw.js';
import { lasting } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';

/** How long a pod with nothing under way is waited for to get a write, in milliseconds. */
const WRITE_WITHIN_MS = 3000;
/** How long a pod may take to serve writes after its start, in milliseconds. */
const SERVING_WITHIN_MS = 30_000;

/** SIGKILL of a pod in the middle of writes, and a new start. Mended when it is ready. */
export const killApi: KindOfFault<{
  readonly pod: Which;
  /** From the kill to the new start. */
  readonly downMs: number;
}> = {
  draw: (random) => ({ pod: drawWhich(random), downMs: drawDownMs(random) }),
  expectedMs: ({ downMs }) => downMs + START_MS,
  words: ({ pod, downMs }) => `SIGKILL api ${pod}, back after ${seconds(downMs)}`,
  async bringAbout(scene, { pod, downMs }) {
    const { deployment, downtimes, pods, signal, say } = scene;
    const app = deployment.pods[pod];
    const patience = { timeoutMs: WRITE_WITHIN_MS, everyMs: 1, signal };
    const midWrite = await holdsInTime(() => pods.writesUnderWay(pod) > 0, patience);
    const back = downtimes.begin(`api-${pod}`, 'kill-api');
    const underWay = pods.writesUnderWay(pod);
    await app.process.kill();
    say(`api ${pod} killed${midWrite ? ` with ${underWay} writes` : ', without a write'} under way`);
    await lasting(downMs, scene);
    // It serves writes before it is ready, which it is only when MongoDB is there.
    await Promise.all([
      app.process.start(signal),
      awaitCondition(`api ${pod} serves writes again`, () => servesWrites(app), {
        timeoutMs: SERVING_WITHIN_MS,
        signal,
      }).then(back),
    ]);
  },
};
