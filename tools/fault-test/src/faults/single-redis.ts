import { seconds } from '@hybrid-sync/trials';
import { clockWords, drawClockOff, drawDownMs, msBetween, RESTORE_MS, START_MS } from './draw.js';
import { bothServe, bothWrite, lasting, midWrite } from './fault-scene.js';
import { kindOfFault } from './kind-of-fault.js';
import { restoring } from './restoring.js';

/** How long pods may take to find Redis again, in milliseconds: they try every 2 s at least. */
const FOUND_WITHIN_MS = 15_000;
/** How long a demoted Redis goes on running, in milliseconds: longer than a pod may be green while its writes fail. */
const KEPT_MS = 15_000;
/** Bounds of how old a replica's data are, in milliseconds. */
const OLDER_MS = [1000, 3000] as const;

/** SIGKILL of Redis while writes are under way, and a start on its append-only file. Mended when pods have it again. */
export const killRedis = kindOfFault({
  of: ['single'],
  draw: (random) => ({ downMs: drawDownMs(random) }),
  expectedMs: ({ downMs }) => downMs + START_MS,
  words: ({ downMs }) => `SIGKILL Redis, back after ${seconds(downMs)}`,
  async bringAbout(scene, { downMs }) {
    const { deployment, downtimes, pods, bare, say } = scene;
    const { current } = deployment.front;
    const underWay = () => pods.writesUnderWay(0) + pods.writesUnderWay(1);
    await midWrite(underWay, scene);
    const back = downtimes.begin('redis', 'kill-redis');
    say(`Redis killed with ${underWay()} writes under way`);
    current.kill('SIGKILL');
    bare.pause();
    await lasting(downMs, scene);
    await current.startAgain();
    const lost = await bare.lostByRedis();
    if (lost > 0) scene.onRedisLoss(lost);
    await bothServe(scene, FOUND_WITHIN_MS);
    back();
  },
});

/**
 * Promotes a replica that has every write and makes the old Redis its replica, as a managed failover does: connections to
 * the old one stay open, and answer READONLY. Mended when both pods write to the new one, and the old one is gone.
 */
export const failOver = kindOfFault({
  of: ['single'],
  draw: () => ({ keptMs: KEPT_MS }),
  expectedMs: ({ keptMs }) => START_MS + keptMs,
  words: ({ keptMs }) => `failover of Redis with sockets kept for ${seconds(keptMs)}`,
  async bringAbout(scene, { keptMs }) {
    const { deployment, downtimes, bare, clock, signal, say } = scene;
    const { front } = deployment;
    const old = front.current;
    const replica = await front.startReplica(front.aheadMs(), signal);
    bare.pause();
    const back = downtimes.begin('redis', 'fail-over');
    await front.failOver(replica, signal);
    const from = clock.now();
    say(
      `${replica.name} promoted, ${old.name} demoted; ${front.apps.connections} connections stay where they are`,
    );
    await bothWrite(scene, from);
    say(`both pods write to ${replica.name} ${seconds(clock.now() - from)} later`);
    back();
    const lost = await bare.lostByRedis();
    if (lost > 0) scene.onRedisLoss(lost);
    await lasting(keptMs, scene);
    const closing = downtimes.begin('redis', 'fail-over');
    await front.end(old);
    await bothWrite(scene);
    closing();
  },
});

/**
 * Kills Redis and puts a replica in its place that has older data and another clock, then restores what MongoDB has of the
 * rest. What was only journaled in the data that are gone is lost, and nothing else. Mended when all is restored.
 */
export const replaceRedis = kindOfFault({
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
    const from = clock.now();
    await lasting(olderMs, scene);
    const back = downtimes.begin('redis', 'replace-redis');
    const work = async () => {
      old.kill('SIGKILL');
      await front.leadTo(replica);
      for (const line of [front.apps, front.own]) line.reset();
      const replacedAt = clock.now();
      say(`${old.name} killed, ${replica.name} in its place`);
      await bothWrite(scene, replacedAt);
      return replacedAt;
    };
    await restoring(scene, work, { from });
    back();
    await front.end(old);
  },
});
