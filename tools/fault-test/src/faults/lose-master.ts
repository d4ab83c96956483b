import type { OwnRedis } from '@hybrid-sync/services/own-redis';
import { seconds } from '@hybrid-sync/trials';
import { lineOf } from '../system/replicated-redis.js';
import { msBetween, RESTORE_MS } from './draw.js';
import { bothServe, bothWrite, type FaultScene, lasting } from './fault-scene.js';
import { kindOfFault } from './kind-of-fault.js';
import { freezeMongodb } from './mongodb.js';
import { restoring } from './restoring.js';

/** The topologies of Redis that have replicas. */
export const REPLICATED = ['sentinel', 'cluster'] as const;
/** A failover takes about this long, until all servers are in their places, in milliseconds. */
export const REPLACED_MS = 8000;
/** How long pods may take to serve writes once all keys have a master, in milliseconds. */
const SERVE_WITHIN_MS = 60_000;
/** A master that was replaced comes back after a time drawn between these, in milliseconds. */
const AWAY_MS = [500, 4000] as const;
/** A master goes on without its replicas for so long, in milliseconds: the breakers open after a second or two. */
const CUT_MS = 6000;
/** MongoDB stays away for so long after the master was killed, in milliseconds. */
const MONGODB_LATER_MS = 1000;

/** How a master is lost to others, and how it comes back. */
const WAYS = {
  kill: {
    lose: async (master: OwnRedis) => master.kill('SIGKILL'),
    back: (master: OwnRedis) => master.startAgain(),
    words: (awayMs: number) => `SIGKILL a master of Redis, back ${seconds(awayMs)} after it was replaced`,
  },
  freeze: {
    lose: async (master: OwnRedis) => master.kill('SIGSTOP'),
    back: async (master: OwnRedis) => master.kill('SIGCONT'),
    words: (awayMs: number) => `freeze a master of Redis until ${seconds(awayMs)} after it was replaced`,
  },
  cut: {
    lose: (master: OwnRedis) => lineOf(master).cut(),
    back: (master: OwnRedis) => lineOf(master).open(),
    words: (awayMs: number) => `a master of Redis cut off for ${seconds(awayMs)}`,
  },
} as const;

/**
 * Kills a master, freezes it, or cuts it off: a replica takes its place, which may lack the last of what it took. Nodes of
 * a cluster go on hearing from one whose clients are cut off, so there its part of the keys is away meanwhile. Mended
 * when it is back as a replica, and both pods write.
 */
export function loseMaster(way: keyof typeof WAYS) {
  const { lose, back, words } = WAYS[way];
  return kindOfFault({
    of: REPLICATED,
    draw: (random) => ({ which: random(), awayMs: msBetween(random, AWAY_MS) }),
    expectedMs: ({ awayMs }) => REPLACED_MS + awayMs + RESTORE_MS,
    words: ({ awayMs }) => words(awayMs),
    async bringAbout(scene, { which, awayMs }) {
      const { deployment, downtimes, clock } = scene;
      const redis = deployment.replicated;
      const master = await redis.master(which);
      const mended = downtimes.begin('redis', `${way}-master`);
      const isReplaced = way !== 'cut' || redis.cluster === undefined;
      const work = async () => {
        await lose(master);
        if (isReplaced) await replaced(scene, master);
        const until = clock.now();
        await lasting(awayMs, scene);
        await back(master);
        await wholeAgain(scene);
        return until;
      };
      await (isReplaced ? restoring(scene, work) : work());
      mended();
    },
  });
}

/**
 * Cuts a master's replicas off while MongoDB is away, so that what is journaled now only the master has, and kills it.
 * Mended as {@link loseMaster}.
 */
export const cutReplicas = kindOfFault({
  of: REPLICATED,
  draw: (random) => ({ which: random(), cutMs: CUT_MS }),
  expectedMs: ({ cutMs }) => cutMs + REPLACED_MS + RESTORE_MS,
  words: ({ cutMs }) =>
    `a master of Redis without its replicas and MongoDB for ${seconds(cutMs)}, then SIGKILL`,
  async bringAbout(scene, { which, cutMs }) {
    const { deployment, downtimes, clock, traffic, say } = scene;
    const redis = deployment.replicated;
    const master = await redis.master(which);
    const back = downtimes.begin('redis', 'cut-replicas');
    await restoring(scene, async () => {
      const from = clock.now();
      await redis.cutReplicas(master);
      await Promise.all([
        freezeMongodb.bringAbout(scene, { part: 'both', frozenMs: cutMs + MONGODB_LATER_MS }),
        lasting(cutMs, scene).then(() => {
          master.kill('SIGKILL');
          const journaled = traffic.journaledSince(from);
          say(`${master.name} killed, ${journaled} writes answered JOURNALED since`);
        }),
      ]);
      await replaced(scene, master);
      const until = clock.now();
      await master.startAgain();
      await wholeAgain(scene);
      return until;
    });
    back();
  },
});

/** Waits until a replica has the lost master's place, and pods write to it. */
export async function replaced(scene: FaultScene, master: OwnRedis): Promise<void> {
  const { deployment, clock, signal, say } = scene;
  const redis = deployment.replicated;
  const from = clock.now();
  const masters = await redis.takenOver(master, signal);
  const tookMs = clock.now() - from;
  await bothServe(scene, SERVE_WITHIN_MS);
  say(
    `${master.name} was replaced after ${seconds(tookMs)}, pods serve after ${seconds(clock.now() - from)}; ` +
      `masters: ${masters.map(({ name }) => name).join(', ')}`,
  );
}

/** Waits until every server of Redis is back in its place, and both pods write. */
export async function wholeAgain(scene: FaultScene): Promise<void> {
  await scene.deployment.replicated.whole(scene.signal);
  await bothServe(scene, SERVE_WITHIN_MS);
  await bothWrite(scene);
}
