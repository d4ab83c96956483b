import type { OwnRedis } from '@hybrid-sync/services/own-redis';
import { seconds } from '@hybrid-sync/trials';
import { lineOf } from '../system/replicated-redis.js';
import { msBetween, RESTORE_MS } from './draw.js';
import { lasting } from './fault-scene.js';
import type { KindOfFault } from './kind-of-fault.js';
import { freezeMongodb } from './mongodb-outage.js';
import { REPLACED_MS, REPLICATED, replaced, wholeAgain } from './replicated.js';
import { restoring } from './restoring.js';

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
export function loseMaster(way: keyof typeof WAYS): KindOfFault<{
  /** Which one, as a share of all masters, below 1. */
  readonly which: number;
  /** From the replica's taking over to its return. */
  readonly awayMs: number;
}> {
  const { lose, back, words } = WAYS[way];
  return {
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
  };
}

/**
 * Cuts a master's replicas off while MongoDB is away, so that what is journaled now only the master has, and kills it.
 * Mended as {@link loseMaster}.
 */
export const cutReplicas: KindOfFault<{
  readonly which: number;
  /** From the cut to the kill. */
  readonly cutMs: number;
}> = {
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
          say(`${redis.nameOf(master)} killed, ${journaled} writes answered JOURNALED since`);
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
};
