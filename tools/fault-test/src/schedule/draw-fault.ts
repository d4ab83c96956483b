import type { Random } from '@hybrid-sync/trials';
import type { Fault, FaultKind, MongodbPart, Which } from './fault.js';
import type { FaultLengths } from './fault-lengths.js';

/** A killed process stays away for a time drawn between these, in milliseconds. */
const DOWN_MS = [500, 2500] as const;
/** A start of MongoDB, a pod, a projector or Redis on its data takes about this long, in milliseconds. */
const START_MS = 1500;
/** Making a backlog for a projector takes about this long, in milliseconds. */
const BACKLOG_MS = 6000;
/** A restore of what a round has written takes about this long, in milliseconds. */
const RESTORE_MS = 5000;
/** Longest time between a projector's taking a slot in hand and its kill, in milliseconds. */
const MAX_IN_HAND_MS = 25;

/** Bounds of how far the clock of a Redis that takes another one's place is off, in milliseconds. */
const CLOCK_OFF_MS = [20_000, 600_000] as const;
/** Bounds of how old its data are, in milliseconds. */
const OLDER_MS = [1000, 3000] as const;
/** How long a demoted Redis goes on running, in milliseconds: longer than a pod may be green while its writes fail. */
const KEPT_MS = 15_000;
/** A silent connection is to be noticed by then, in milliseconds. */
const SILENT_MS = 12_000;
/** A master that was replaced comes back after a time drawn between these, in milliseconds. */
const AWAY_MS = [500, 4000] as const;
/** A failover takes about this long, until all servers are in their places, in milliseconds. */
const REPLACED_MS = 8000;
/** A master goes on without its replicas for so long, in milliseconds: the breakers open after a second or two. */
const CUT_MS = 6000;
/** MongoDB is away for so long around a planned failover, in milliseconds: sentinels need some twelve seconds of them. */
const JOURNALED_MS = 20_000;
/** A slot stays with half of its keys moved for a time drawn between these, in milliseconds. */
const HALFWAY_MS = [500, 2000] as const;

/** Draws what a fault is in detail. */
export function drawFault(kind: FaultKind, random: Random, lengths: FaultLengths): Fault {
  return MAKERS[kind](random, lengths);
}

const MAKERS: Readonly<Record<FaultKind, (random: Random, lengths: FaultLengths) => Fault>> = {
  'kill-api': killApi,
  'kill-projector': killProjector,
  'freeze-mongodb': freezeMongodb,
  'kill-mongodb': killMongodb,
  'kill-redis': killRedis,
  'freeze-api': freezeApi,
  'fill-redis': (_, { redisFullMs }) => ({ kind: 'fill-redis', fullMs: redisFullMs }),
  'replace-redis': (random) => ({
    kind: 'replace-redis',
    aheadMs: clockOff(random),
    olderMs: Math.round(between(random, OLDER_MS)),
  }),
  'fail-over': () => ({ kind: 'fail-over', keptMs: KEPT_MS }),
  'silence-line': (random) => ({
    kind: 'silence-line',
    connections: pick(random, ['one', 'all'] as const),
    which: random(),
    silentMs: SILENT_MS,
  }),
  'evict-queues': (random) => ({ kind: 'evict-queues', keys: pick(random, ['waiting', 'all'] as const) }),
  'throttle-mongodb': (random, { throttledMs }) => ({
    kind: 'throttle-mongodb',
    collections: pick(random, ['shadows', 'all'] as const),
    throttledMs,
  }),
  'pause-queue': (_, { queuePausedMs }) => ({ kind: 'pause-queue', pausedMs: queuePausedMs }),
  'kill-master': loseMaster('kill-master'),
  'freeze-master': loseMaster('freeze-master'),
  'cut-master': loseMaster('cut-master'),
  'cut-replicas': (random) => ({ kind: 'cut-replicas', which: random(), cutMs: CUT_MS }),
  'hand-over': (random) => ({ kind: 'hand-over', which: random() }),
  'hand-over-journaled': (random) => ({
    kind: 'hand-over-journaled',
    which: random(),
    mongodbAwayMs: JOURNALED_MS,
  }),
  'hand-over-clock': (random) => ({
    kind: 'hand-over-clock',
    which: random(),
    aheadMs: clockOff(random),
  }),
  'move-slot': (random) => ({
    kind: 'move-slot',
    which: random(),
    halfwayMs: Math.round(between(random, HALFWAY_MS)),
  }),
};

function loseMaster(kind: 'kill-master' | 'freeze-master' | 'cut-master') {
  return (random: Random): Fault => ({
    kind,
    which: random(),
    awayMs: Math.round(between(random, AWAY_MS)),
  });
}

/** By how much another clock is ahead; below 0 for behind. */
function clockOff(random: Random): number {
  return Math.round(pick(random, [-1, 1]) * between(random, CLOCK_OFF_MS));
}

function killApi(random: Random): Fault {
  return { kind: 'kill-api', pod: which(random), downMs: downMs(random) };
}

function killRedis(random: Random): Fault {
  return { kind: 'kill-redis', downMs: downMs(random) };
}

function killProjector(random: Random): Fault {
  const afterMs = Math.floor(between(random, [0, MAX_IN_HAND_MS]));
  return { kind: 'kill-projector', projector: which(random), afterMs, downMs: downMs(random) };
}

function freezeApi(random: Random, { apiFrozenMs }: FaultLengths): Fault {
  return { kind: 'freeze-api', pod: which(random), frozenMs: pick(random, apiFrozenMs) };
}

function freezeMongodb(random: Random, { mongodbFrozenMs }: FaultLengths): Fault {
  const part = pick<MongodbPart>(random, ['engine', 'gateway', 'both']);
  return { kind: 'freeze-mongodb', part, frozenMs: mongodbFrozenMs };
}

function killMongodb(random: Random, { mongodbDownMs }: FaultLengths): Fault {
  return { kind: 'kill-mongodb', part: pick(random, ['engine', 'both']), downMs: mongodbDownMs };
}

/** How long a fault is expected to take until it is mended, in milliseconds. */
export function expectedMs(fault: Fault): number {
  switch (fault.kind) {
    case 'freeze-mongodb':
      return fault.frozenMs;
    case 'freeze-api':
      return fault.frozenMs + START_MS;
    case 'kill-projector':
      return BACKLOG_MS + fault.downMs + START_MS;
    case 'fill-redis':
      return BACKLOG_MS + fault.fullMs + START_MS;
    case 'replace-redis':
      return 2 * START_MS + fault.olderMs + RESTORE_MS;
    case 'fail-over':
      return START_MS + fault.keptMs;
    case 'silence-line':
      return fault.silentMs;
    case 'evict-queues':
      return 2 * BACKLOG_MS;
    case 'throttle-mongodb':
      return fault.throttledMs;
    case 'pause-queue':
      return BACKLOG_MS + fault.pausedMs;
    case 'kill-master':
    case 'freeze-master':
    case 'cut-master':
      return REPLACED_MS + fault.awayMs + RESTORE_MS;
    case 'cut-replicas':
      return fault.cutMs + REPLACED_MS + RESTORE_MS;
    case 'hand-over':
      return REPLACED_MS + RESTORE_MS;
    case 'hand-over-journaled':
      return fault.mongodbAwayMs + RESTORE_MS;
    case 'hand-over-clock':
      return 2 * (REPLACED_MS + RESTORE_MS);
    case 'move-slot':
      return fault.halfwayMs + START_MS;
    default:
      return fault.downMs + START_MS;
  }
}

/** How long MongoDB is away in an outage of it, in milliseconds; 0 for other faults. */
export function mongodbAwayMs(fault: Fault): number {
  if (fault.kind === 'freeze-mongodb') return fault.frozenMs;
  return fault.kind === 'kill-mongodb' ? fault.downMs : 0;
}

function downMs(random: Random): number {
  return Math.round(between(random, DOWN_MS));
}

function which(random: Random): Which {
  return random() < 0.5 ? 0 : 1;
}

/** Any number between these two. */
export function between(random: Random, [least, greatest]: readonly [number, number]): number {
  return least + random() * (greatest - least);
}

/** One of the choices, of which there is one at least. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  // An index below the length; `at` only doesn't know it.
  return choices[Math.floor(random() * choices.length)] as T;
}
