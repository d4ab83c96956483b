import type { OwnRedis } from '@hybrid-sync/services/own-redis';
import { CacheKeys } from '@hybrid-sync/sync-core';
import { seconds } from '@hybrid-sync/trials';
import { REPLICAS } from '../system/topology.js';
import { clockWords, drawClockOff, msBetween, RESTORE_MS, START_MS } from './draw.js';
import { bothWrite, type FaultScene, lasting } from './fault-scene.js';
import { kindOfFault } from './kind-of-fault.js';
import { REPLACED_MS, REPLICATED, wholeAgain } from './lose-master.js';
import { freezeMongodb } from './mongodb.js';
import { restoring } from './restoring.js';

/** MongoDB is away for so long around a planned failover, in milliseconds: sentinels need some twelve seconds of them. */
const JOURNALED_MS = 20_000;
/** By then breakers have opened where MongoDB hangs, and writes are answered at once, in milliseconds. */
const BREAKERS_OPEN_MS = 4000;

/**
 * Has a replica take a master's place as an operator does. A cluster's replica gets every last write before, sentinels' may
 * lack some.
 */
export const handOver = kindOfFault({
  of: REPLICATED,
  draw: (random) => ({ which: random() }),
  expectedMs: () => REPLACED_MS + RESTORE_MS,
  words: () => 'a planned failover of Redis',
  async bringAbout(scene, { which }) {
    const redis = scene.deployment.replicated;
    await handOverFrom(await redis.master(which), scene, redis.cluster !== undefined);
  },
});

/**
 * The same while MongoDB is away, so that only Redis has what is written meanwhile: sentinels leave the old master a master
 * for ten seconds, with its other replica, and throw away what it takes. Mended when all is back.
 */
export const handOverJournaled = kindOfFault({
  of: REPLICATED,
  draw: (random) => ({ which: random(), mongodbAwayMs: JOURNALED_MS }),
  expectedMs: ({ mongodbAwayMs }) => mongodbAwayMs + RESTORE_MS,
  words: ({ mongodbAwayMs }) =>
    `a planned failover of Redis while MongoDB is away for ${seconds(mongodbAwayMs)}`,
  async bringAbout(scene, { which, mongodbAwayMs }) {
    const master = await scene.deployment.replicated.master(which);
    await Promise.all([
      freezeMongodb.bringAbout(scene, { part: 'both', frozenMs: mongodbAwayMs }),
      lasting(BREAKERS_OPEN_MS, scene).then(() => handOverFrom(master, scene, false)),
    ]);
  },
});

/** The same to a replica that has another clock, and back to one with the right clock. */
export const handOverClock = kindOfFault({
  of: REPLICATED,
  draw: (random) => ({ which: random(), aheadMs: drawClockOff(random) }),
  expectedMs: () => 2 * (REPLACED_MS + RESTORE_MS),
  words: ({ aheadMs }) => `planned failovers of Redis to a clock ${clockWords(aheadMs)}, and back`,
  async bringAbout(scene, { which, aheadMs }) {
    const redis = scene.deployment.replicated;
    await redis.setReplicasClock(aheadMs, scene.signal);
    await handOverFrom(await redis.master(which), scene, false);
    await redis.setReplicasClock(0, scene.signal);
    await handOverFrom(await redis.masterOfOtherClock(), scene, false);
    await redis.setReplicasClock(0, scene.signal);
  },
});

/** `certain`: every key is there after it, and expires when it did before. */
async function handOverFrom(master: OwnRedis, scene: FaultScene, certain: boolean): Promise<void> {
  const { deployment, downtimes, clock, signal, traffic, say } = scene;
  const redis = deployment.replicated;
  const back = downtimes.begin('redis', 'hand-over');
  const work = async () => {
    const from = clock.now();
    await redis.failOver(master, signal);
    await wholeAgain(scene);
    say(
      `${master.name} is a replica, and all is whole, ${seconds(clock.now() - from)} later; ` +
        `${traffic.journaledSince(from)} writes answered JOURNALED meanwhile`,
    );
    return clock.now();
  };
  // Of the replicas that a former master still has none is the new one.
  await (certain ? work() : restoring(scene, work, { keptBy: REPLICAS[redis.topology] }));
  back();
}

/** A slot stays with half of its keys moved for a time drawn between these, in milliseconds. */
const HALFWAY_MS = [500, 2000] as const;

/**
 * Moves all keys of one of our slots to another master of the cluster while they are written. Until they all are there,
 * writes of the slot are refused. Mended when both pods write.
 */
export const moveSlot = kindOfFault({
  of: ['cluster'],
  draw: (random) => ({ which: random(), halfwayMs: msBetween(random, HALFWAY_MS) }),
  expectedMs: ({ halfwayMs }) => halfwayMs + START_MS,
  words: ({ halfwayMs }) => `a slot moved to another master, ${seconds(halfwayMs)} halfway`,
  async bringAbout(scene, { which, halfwayMs }) {
    const { deployment, downtimes, settings, clock, say } = scene;
    const { namespace, slots } = settings;
    const slot = Math.floor(which * slots);
    const back = downtimes.begin('redis', 'move-slot');
    const from = clock.now();
    await deployment.replicated.cluster?.moveSlotOf(new CacheKeys(namespace, slots).clock(slot), () =>
      lasting(halfwayMs, scene),
    );
    say(`slot ${slot} moved in ${seconds(clock.now() - from)}`);
    await bothWrite(scene);
    back();
  },
});
