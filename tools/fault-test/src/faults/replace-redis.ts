import { seconds } from '@hybrid-sync/trials';
import { drawClockOff, msBetween, RESTORE_MS, START_MS } from './draw.js';
import { bothWrite, lasting } from './fault-scene.js';
import { clockWords } from './hand-over.js';
import type { KindOfFault } from './kind-of-fault.js';
import { restoring } from './restoring.js';

/** Bounds of how old the replica's data are, in milliseconds. */
const OLDER_MS = [1000, 3000] as const;

/**
 * Kills Redis and puts a replica in its place that has older data and another clock, then restores what MongoDB has of the
 * rest. What was only journaled in the data that are gone is lost, and nothing else. Mended when all is restored.
 */
export const replaceRedis: KindOfFault<{
  /** By how much its clock is ahead; below 0 for behind. */
  readonly aheadMs: number;
  /** How old its data are. */
  readonly olderMs: number;
}> = {
  of: ['single'],
  draw: (random) => ({ aheadMs: drawClockOff(random), olderMs: msBetween(random, OLDER_MS) }),
  expectedMs: ({ olderMs }) => 2 * START_MS + olderMs + RESTORE_MS,
  words: ({ aheadMs, olderMs }) =>
    `Redis replaced by a replica with data ${seconds(olderMs)} older, its clock ${clockWords(aheadMs)}`,
  async bringAbout(scene, { aheadMs, olderMs }) {
    const { deployment, downtimes, clock, signal, say } = scene;
    const { front } = deployment;
    const old = front.current;
    const replica = await front.startReplica(aheadMs, signal);
    await front.detach(replica);
    const olderFrom = clock.now();
    await lasting(olderMs, scene);
    const back = downtimes.begin('redis', 'replace-redis');
    const work = async () => {
      await old.kill();
      await front.leadTo(replica);
      for (const line of [front.apps, front.own]) line.reset();
      const replacedAt = clock.now();
      say(`${old.name} killed, ${replica.name} in its place`);
      await bothWrite(scene, replacedAt);
      return replacedAt;
    };
    await restoring(scene, work, olderFrom);
    back();
    await front.forget(old);
  },
};
