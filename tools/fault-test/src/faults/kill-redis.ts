import { seconds } from '@hybrid-sync/trials';
import { holdsInTime } from '../system/await-condition.js';
import { drawDownMs, START_MS } from './draw.js';
import { bothServe, lasting } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';

/** How long a write to be under way is waited for, in milliseconds. */
const WRITE_WITHIN_MS = 3000;
/** How long pods may take to find Redis again, in milliseconds: they try every 2 s at least. */
const FOUND_WITHIN_MS = 15_000;

/** SIGKILL of Redis while writes are under way, and a start on its append-only file. Mended when pods have it again. */
export const killRedis: KindOfFault<{ readonly downMs: number }> = {
  of: ['single'],
  draw: (random) => ({ downMs: drawDownMs(random) }),
  expectedMs: ({ downMs }) => downMs + START_MS,
  words: ({ downMs }) => `SIGKILL Redis, back after ${seconds(downMs)}`,
  async bringAbout(scene, { downMs }) {
    const { deployment, downtimes, pods, bare, signal, say } = scene;
    const underWay = () => pods.writesUnderWay(0) + pods.writesUnderWay(1);
    await holdsInTime(() => underWay() > 0, { timeoutMs: WRITE_WITHIN_MS, everyMs: 1, signal });
    const back = downtimes.begin('redis', 'kill-redis');
    say(`Redis killed with ${underWay()} writes under way`);
    await deployment.front.current.kill();
    bare.pause();
    await lasting(downMs, scene);
    await deployment.front.current.start(signal);
    const lost = await bare.lostByRedis();
    if (lost > 0) scene.onRedisLoss(lost);
    await bothServe(scene, FOUND_WITHIN_MS);
    back();
  },
};
