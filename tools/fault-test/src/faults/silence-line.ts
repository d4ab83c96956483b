import type { Fault } from '../schedule/fault.js';
import { awaitCondition } from '../system/await-condition.js';
import { isReady } from '../system/deployment.js';
import { bothWrite, type FaultScene, lasting } from './fault-scene.js';

/** How long all may take to be ready once they can, in milliseconds. */
const READY_WITHIN_MS = 30_000;

/**
 * One connection of a pod or a projector to Redis, or all of them, go silent for good. New ones work, so all that is
 * needed is that someone notices. Resolves when everything is ready again.
 */
export async function silenceLine(
  scene: FaultScene,
  { connections, which, silentMs }: Extract<Fault, { kind: 'silence-line' }>,
): Promise<void> {
  const { deployment, downtimes, clock, signal, say } = scene;
  const { lines } = deployment.redis;
  const back = downtimes.begin('redis', 'silence-line', () => clock.now());
  const chosen = Math.floor(which * lines.reduce((sum, line) => sum + line.connections, 0));
  let at = 0;
  let first = '';
  const hit = (firstSent: string) => {
    const isOne = at++ === chosen;
    if (isOne) first = /hybrid-sync[-:\w]*/.exec(firstSent)?.[0] ?? '';
    return connections === 'all' || isOne;
  };
  const silenced = lines.reduce((sum, line) => sum + line.silence(hit), 0);
  say(`${silenced} of ${at} connections silent${connections === 'one' ? ` (${first})` : ''}`);
  await lasting(silentMs, scene);
  await bothWrite(scene);
  for (const app of deployment.apps()) {
    await awaitCondition(`${app.name} is ready`, () => isReady(app), { timeoutMs: READY_WITHIN_MS, signal });
  }
  back();
}
