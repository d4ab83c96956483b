import type { Which } from '../schedule/fault.js';
import { awaitCondition, holdsInTime } from '../system/await-condition.js';
import { servesWrites } from '../system/deployment.js';
import { type FaultScene, lasting } from './fault-scene.js';

/** How long a pod with nothing under way is waited for to get a write, in milliseconds. */
const WRITE_WITHIN_MS = 3000;
/** How long a pod may take to serve writes after its start, in milliseconds. */
const SERVING_WITHIN_MS = 30_000;

/** Kills a pod in the middle of writes, and starts it again. Resolves when it is ready. */
export async function killApi(scene: FaultScene, pod: Which, downMs: number): Promise<void> {
  const { deployment, downtimes, clock, signal, say } = scene;
  const app = deployment.pods[pod];
  const midWrite = await holdsInTime(() => scene.writesUnderWay(pod) > 0, {
    timeoutMs: WRITE_WITHIN_MS,
    everyMs: 1,
    signal,
  });
  const back = downtimes.begin(`api-${pod}`, 'kill-api', () => clock.now());
  const underWay = scene.writesUnderWay(pod);
  await deployment.kill(app.process);
  say(
    midWrite
      ? `api ${pod} killed with ${underWay} writes under way`
      : `api ${pod} killed, without a write under way`,
  );
  await lasting(downMs, scene);
  // It serves writes before it is ready, which it is only when MongoDB is there.
  await Promise.all([
    app.process.start(signal),
    awaitCondition(`api ${pod} serves writes again`, () => servesWrites(app), {
      timeoutMs: SERVING_WITHIN_MS,
      signal,
    }).then(back),
  ]);
}
