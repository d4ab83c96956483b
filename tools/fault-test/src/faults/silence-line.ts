import { awaitCondition } from '../system/await-condition.js';
import { isReady } from '../system/deployment.js';
import { pick } from './draw.js';
import { bothWrite, lasting } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';

/** A silent connection is to be noticed by then, in milliseconds. */
const SILENT_MS = 12_000;
/** How long all may take to be ready once they can, in milliseconds. */
const READY_WITHIN_MS = 30_000;

/**
 * One connection of a pod or a projector to Redis, or all of them, go silent for good: they take bytes and forward none. New
 * ones work, so all that is needed is that someone notices. Mended when everything is ready again.
 */
export const silenceLine: KindOfFault<{
  readonly connections: 'one' | 'all';
  /** Which one, as a share of all there are, below 1. */
  readonly which: number;
  /** Least time until it counts as noticed. */
  readonly silentMs: number;
}> = {
  draw: (random) => ({
    connections: pick(random, ['one', 'all'] as const),
    which: random(),
    silentMs: SILENT_MS,
  }),
  expectedMs: ({ silentMs }) => silentMs,
  words: ({ connections }) => `${connections === 'one' ? 'a connection' : 'all connections'} to Redis silent`,
  async bringAbout(scene, { connections, which, silentMs }) {
    const { deployment, downtimes, signal, say } = scene;
    const { lines } = deployment.redis;
    const back = downtimes.begin('redis', 'silence-line');
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
      const patience = { timeoutMs: READY_WITHIN_MS, signal };
      await awaitCondition(`${app.name} is ready`, () => isReady(app), patience);
    }
    back();
  },
};
