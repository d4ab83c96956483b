import { describe, type Fault, type PlannedFault } from '../schedule/fault.js';
import { evictQueues } from './evict-queues.js';
import { failOver } from './fail-over.js';
import type { FaultScene } from './fault-scene.js';
import { fillRedis } from './fill-redis.js';
import { freezeApi } from './freeze-api.js';
import { killApi } from './kill-api.js';
import { killProjector } from './kill-projector.js';
import { killRedis } from './kill-redis.js';
import { cutReplicas, handOver, handOverClock, handOverJournaled, loseMaster } from './lose-master.js';
import { freezeMongodb, killMongodb } from './mongodb-outage.js';
import { moveSlot } from './move-slot.js';
import { pauseQueue } from './pause-queue.js';
import { replaceRedis } from './replace-redis.js';
import { silenceLine } from './silence-line.js';
import { throttleMongodb } from './throttle-mongodb.js';

/**
 * Brings a round's faults about, one after the other, each at its time or, when the one before took longer, at least
 * `leastGapMs` after that one was mended. Resolves when the last one is mended.
 * @throws when a process does not come back; the signal's reason when that aborts
 */
export async function bringAbout(
  faults: readonly PlannedFault[],
  startedAt: number,
  leastGapMs: number,
  scene: FaultScene,
): Promise<void> {
  const { clock, signal } = scene;
  let freeAt = startedAt;
  for (const { atMs, fault, within } of faults) {
    await clock.sleepUntil(Math.max(startedAt + atMs, freeAt), signal);
    signal.throwIfAborted();
    const failed = new AbortController();
    const both = { ...scene, signal: AbortSignal.any([signal, failed.signal]) };
    const endOnFailure = async (work: Promise<void>) => {
      try {
        await work;
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    };
    await Promise.all([
      endOnFailure(begin(fault, both)),
      ...(within === undefined ? [] : [endOnFailure(beginLater(within.afterMs, within.fault, both))]),
    ]);
    freeAt = clock.now() + leastGapMs;
  }
}

async function beginLater(afterMs: number, fault: Fault, scene: FaultScene): Promise<void> {
  await scene.clock.sleepUntil(scene.clock.now() + afterMs, scene.signal);
  scene.signal.throwIfAborted();
  await begin(fault, scene);
}

async function begin(fault: Fault, scene: FaultScene): Promise<void> {
  scene.say(describe(fault));
  switch (fault.kind) {
    case 'kill-api':
      return killApi(scene, fault.pod, fault.downMs);
    case 'kill-projector':
      return killProjector(scene, fault.projector, fault.afterMs, fault.downMs);
    case 'freeze-mongodb':
      return freezeMongodb(scene, fault.part, fault.frozenMs);
    case 'kill-mongodb':
      return killMongodb(scene, fault.part, fault.downMs);
    case 'kill-redis':
      return killRedis(scene, fault.downMs);
    case 'freeze-api':
      return freezeApi(scene, fault.pod, fault.frozenMs);
    case 'fill-redis':
      return fillRedis(scene, fault.fullMs);
    case 'replace-redis':
      return replaceRedis(scene, fault.aheadMs, fault.olderMs);
    case 'fail-over':
      return failOver(scene, fault.keptMs);
    case 'silence-line':
      return silenceLine(scene, fault);
    case 'evict-queues':
      return evictQueues(scene, fault.keys);
    case 'throttle-mongodb':
      return throttleMongodb(scene, fault.collections, fault.throttledMs);
    case 'pause-queue':
      return pauseQueue(scene, fault.pausedMs);
    case 'kill-master':
      return loseMaster(scene, 'kill', fault.which, fault.awayMs);
    case 'freeze-master':
      return loseMaster(scene, 'freeze', fault.which, fault.awayMs);
    case 'cut-master':
      return loseMaster(scene, 'cut', fault.which, fault.awayMs);
    case 'cut-replicas':
      return cutReplicas(scene, fault.which, fault.cutMs);
    case 'hand-over':
      return handOver(scene, fault.which);
    case 'hand-over-journaled':
      return handOverJournaled(scene, fault.which, fault.mongodbAwayMs);
    case 'hand-over-clock':
      return handOverClock(scene, fault.which, fault.aheadMs);
    case 'move-slot':
      return moveSlot(scene, fault.which, fault.halfwayMs);
  }
}
