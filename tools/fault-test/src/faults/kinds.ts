import type { Random } from '@hybrid-sync/trials';
import type { Topology } from '../system/topology.js';
import { freezeApi, killApi, killProjector } from './apps.js';
import { handOver, handOverClock, handOverJournaled, moveSlot } from './hand-over.js';
import type { FaultLengths, KindOfFault } from './kind-of-fault.js';
import { cutReplicas, loseMaster } from './lose-master.js';
import { freezeMongodb, killMongodb, throttleMongodb } from './mongodb.js';
import { evictQueues, pauseQueue } from './queues.js';
import { fillRedis, silenceLine } from './redis.js';
import { failOver, killRedis, replaceRedis } from './single-redis.js';

/** What can be done to the system, by its name and in the order of the reports. */
const KINDS = {
  'kill-api': killApi,
  'kill-projector': killProjector,
  'freeze-mongodb': freezeMongodb,
  'kill-mongodb': killMongodb,
  'kill-redis': killRedis,
  'freeze-api': freezeApi,
  'fill-redis': fillRedis,
  'replace-redis': replaceRedis,
  'fail-over': failOver,
  'silence-line': silenceLine,
  'evict-queues': evictQueues,
  'throttle-mongodb': throttleMongodb,
  'pause-queue': pauseQueue,
  'kill-master': loseMaster('kill'),
  'freeze-master': loseMaster('freeze'),
  'cut-master': loseMaster('cut'),
  'cut-replicas': cutReplicas,
  'hand-over': handOver,
  'hand-over-journaled': handOverJournaled,
  'hand-over-clock': handOverClock,
  'move-slot': moveSlot,
} as const;

/** The name of a kind of fault. */
export type FaultKind = keyof typeof KINDS;

/** The names of all kinds. */
// Object.keys forgets what the keys of a constant are.
export const FAULT_KINDS = Object.keys(KINDS) as FaultKind[];

/** What is done to the system: the name of a kind, with what was drawn. */
export type Fault = {
  [Kind in FaultKind]: { readonly kind: Kind } & ReturnType<(typeof KINDS)[Kind]['draw']>;
}[FaultKind];

/** The kinds that a topology can have. */
export function kindsOf(topology: Topology): FaultKind[] {
  return FAULT_KINDS.filter((kind) => KINDS[kind].of?.includes(topology) ?? true);
}

/** Draws a fault of a kind. */
export function drawFault(kind: FaultKind, random: Random, lengths: FaultLengths): Fault {
  return { kind, ...KINDS[kind].draw(random, lengths) } as Fault;
}

/** How a fault is handled: its kind takes what it has drawn. */
export function kindOf({ kind }: Fault): KindOfFault<Fault> {
  return KINDS[kind] as KindOfFault<Fault>;
}
