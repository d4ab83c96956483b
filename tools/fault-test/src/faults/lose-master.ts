import type { OwnRedis } from '@hybrid-sync/services/own-redis';
import { awaitCondition } from '../system/await-condition.js';
import { servesWrites } from '../system/deployment.js';
import { lineOf } from '../system/replicated-redis.js';
import { REPLICAS } from '../system/topology.js';
import { bothWrite, type FaultScene, lasting } from './fault-scene.js';
import { freezeMongodb } from './mongodb-outage.js';
import { restoring } from './restoring.js';

/** How long pods may take to serve writes once all keys have a master, in milliseconds. */
const SERVE_WITHIN_MS = 60_000;
/** MongoDB stays away for so long after the master was killed, in milliseconds. */
const MONGODB_LATER_MS = 1000;

/** By then breakers have opened where MongoDB hangs, and writes are answered at once, in milliseconds. */
const BREAKERS_OPEN_MS = 4000;

/** How a master is lost to others, and how it comes back. */
const WAYS = {
  kill: {
    lose: async (master: OwnRedis) => master.kill('SIGKILL'),
    back: (master: OwnRedis) => master.startAgain(),
  },
  freeze: {
    lose: async (master: OwnRedis) => master.kill('SIGSTOP'),
    back: async (master: OwnRedis) => master.kill('SIGCONT'),
  },
  cut: {
    lose: (master: OwnRedis) => lineOf(master).cut(),
    back: (master: OwnRedis) => lineOf(master).open(),
  },
} as const;

/** See {@link loseMaster}. */
export type WayToLose = keyof typeof WAYS;

/**
 * Kills a master, freezes it, or cuts it off: a replica takes its place, which may lack the last of what it took. Nodes of
 * a cluster go on hearing from one whose clients are cut off, so there its part of the keys is away meanwhile. Resolves
 * when it is back as a replica, and both pods write.
 */
export async function loseMaster(
  scene: FaultScene,
  way: WayToLose,
  which: number,
  awayMs: number,
): Promise<void> {
  const { deployment, downtimes, clock } = scene;
  const redis = deployment.replicated;
  const master = await redis.master(which);
  const back = downtimes.begin('redis', `${way}-master`, () => clock.now());
  if (way === 'cut' && redis.cluster !== undefined) {
    await WAYS.cut.lose(master);
    await lasting(awayMs, scene);
    await WAYS.cut.back(master);
    await wholeAgain(scene);
  } else {
    await restoring(scene, async () => {
      await WAYS[way].lose(master);
      await replaced(scene, master);
      const until = clock.now();
      await lasting(awayMs, scene);
      await WAYS[way].back(master);
      await wholeAgain(scene);
      return until;
    });
  }
  back();
}

/**
 * Cuts a master's replicas off while MongoDB is away, so that what is journaled now only the master has, and kills it.
 * Resolves as {@link loseMaster}.
 */
export async function cutReplicas(scene: FaultScene, which: number, cutMs: number): Promise<void> {
  const { deployment, downtimes, clock, traffic, say } = scene;
  const redis = deployment.replicated;
  const master = await redis.master(which);
  const back = downtimes.begin('redis', 'cut-replicas', () => clock.now());
  await restoring(scene, async () => {
    const from = clock.now();
    await redis.cutReplicas(master);
    await Promise.all([
      freezeMongodb(scene, 'both', cutMs + MONGODB_LATER_MS),
      lasting(cutMs, scene).then(() => {
        master.kill('SIGKILL');
        say(
          `${redis.nameOf(master)} killed, ${traffic.journaledSince(from)} writes answered JOURNALED since`,
        );
      }),
    ]);
    await replaced(scene, master);
    const until = clock.now();
    await master.startAgain();
    await wholeAgain(scene);
    return until;
  });
  back();
}

/**
 * Has a replica take a master's place as an operator does. A cluster's replica gets every last write before, sentinels' may
 * lack some.
 */
export async function handOver(scene: FaultScene, which: number): Promise<void> {
  const redis = scene.deployment.replicated;
  await handOverFrom(await redis.master(which), scene, redis.cluster !== undefined);
}

/**
 * The same while MongoDB is away, so that only Redis has what is written meanwhile: sentinels leave the old master a master
 * for ten seconds, with its other replica, and throw away what it takes. Resolves when all is back.
 */
export async function handOverJournaled(
  scene: FaultScene,
  which: number,
  mongodbAwayMs: number,
): Promise<void> {
  const master = await scene.deployment.replicated.master(which);
  await Promise.all([
    freezeMongodb(scene, 'both', mongodbAwayMs),
    lasting(BREAKERS_OPEN_MS, scene).then(() => handOverFrom(master, scene, false)),
  ]);
}

/** The same to a replica whose clock is ahead by so much, below 0 for behind, and back to one with the right clock. */
export async function handOverClock(scene: FaultScene, which: number, aheadMs: number): Promise<void> {
  const redis = scene.deployment.replicated;
  await redis.setReplicasClock(aheadMs, scene.signal);
  await handOverFrom(await redis.master(which), scene, false);
  await redis.setReplicasClock(0, scene.signal);
  await handOverFrom(await redis.masterOfOtherClock(), scene, false);
  await redis.setReplicasClock(0, scene.signal);
}

/** `certain`: every key is there after it, and expires when it did before. */
async function handOverFrom(master: OwnRedis, scene: FaultScene, certain: boolean): Promise<void> {
  const { deployment, downtimes, clock, signal, traffic, say } = scene;
  const redis = deployment.replicated;
  const back = downtimes.begin('redis', 'hand-over', () => clock.now());
  const work = async () => {
    const from = clock.now();
    await redis.failOver(master, signal);
    await wholeAgain(scene);
    say(
      `${redis.nameOf(master)} is a replica, and all is whole, ${seconds(clock.now() - from)} later; ` +
        `${traffic.journaledSince(from)} writes answered JOURNALED meanwhile`,
    );
    return clock.now();
  };
  // Of the replicas that a former master still has none is the new one.
  await (certain ? work() : restoring(scene, work, REPLICAS[redis.topology]));
  back();
}

/** Waits until a replica has the lost master's place, and pods write to it. */
async function replaced(scene: FaultScene, master: OwnRedis): Promise<void> {
  const { deployment, clock, signal, say } = scene;
  const redis = deployment.replicated;
  const from = clock.now();
  const masters = await redis.takenOver(master, signal);
  const tookMs = clock.now() - from;
  await podsServe(scene);
  say(
    `${redis.nameOf(master)} was replaced after ${seconds(tookMs)}, pods serve after ${seconds(clock.now() - from)}; ` +
      `masters: ${masters.map((each) => redis.nameOf(each)).join(', ')}`,
  );
}

/** Waits until every server of Redis is back in its place, and both pods write. */
async function wholeAgain(scene: FaultScene): Promise<void> {
  await scene.deployment.replicated.whole(scene.signal);
  await podsServe(scene);
  await bothWrite(scene);
}

async function podsServe({ deployment, signal }: FaultScene): Promise<void> {
  await awaitCondition(
    'both pods serve writes of all keys',
    async () => (await Promise.all(deployment.pods.map(servesWrites))).every(Boolean),
    { timeoutMs: SERVE_WITHIN_MS, signal },
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
