import { type Random, randomStream } from '@hybrid-sync/trials';
import {
  FAULT_KINDS,
  type Fault,
  type FaultKind,
  type MongodbPart,
  type PlannedFault,
  type Schedule,
  type Which,
} from './fault.js';

/** How long the faults of a round last, in milliseconds. */
export interface FaultLengths {
  readonly mongodbFrozenMs: number;
  readonly mongodbDownMs: number;
  /** Choices for a frozen api pod: all above the 2 s a client waits for the fast path; some above the 10 s job lock. */
  readonly apiFrozenMs: readonly number[];
  /** Redis stays at its memory limit for as long before MongoDB comes back. */
  readonly redisFullMs: number;
  readonly throttledMs: number;
  readonly queuePausedMs: number;
  /** Which faults a round has unless told otherwise. */
  readonly kinds: readonly FaultKind[];
  /** Least and greatest quiet time between two faults, in which the system is back at its usual way. */
  readonly gapMs: readonly [number, number];
}

/** What a full round has. */
export const FULL: FaultLengths = {
  mongodbFrozenMs: 10_000,
  mongodbDownMs: 20_000,
  apiFrozenMs: [4000, 4000, 12_000],
  redisFullMs: 10_000,
  throttledMs: 60_000,
  queuePausedMs: 15_000,
  kinds: FAULT_KINDS,
  gapMs: [3000, 5000],
};

/** What a round of CI has: deaths and freezes; the other faults take too long for it, and are run by their names. */
export const SHORT: FaultLengths = {
  mongodbFrozenMs: 3000,
  mongodbDownMs: 5000,
  apiFrozenMs: [3000],
  redisFullMs: 4000,
  throttledMs: 15_000,
  queuePausedMs: 8000,
  kinds: ['kill-api', 'kill-projector', 'freeze-mongodb', 'kill-mongodb', 'kill-redis', 'freeze-api'],
  gapMs: [2000, 3000],
};

/** Load before the first fault, in milliseconds: connections are made, the journal and the breakers have been used. */
const LEAD_IN_MS = 3000;
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

/**
 * Which faults a full round has: two rounds, the first and the second, the third and the fourth, have each of them once
 * between them. All in one would make a round of five minutes, at whose end it is hard to say which fault did it.
 *
 * @param round from 1
 */
export function kindsOfRound(seed: string, round: number, kinds: readonly FaultKind[]): FaultKind[] {
  const pair = Math.ceil(round / 2);
  const order = shuffled(randomStream(seed, `faults of rounds ${2 * pair - 1} and ${2 * pair}`), [...kinds]);
  const half = Math.ceil(order.length / 2);
  return round % 2 === 1 ? order.slice(0, half) : order.slice(half);
}

/**
 * Draws a round's faults: each kind once, in any order, one after the other with a quiet time between them, so that
 * each one meets a system that works. In two rounds of three, one of MongoDB's outages has the death of an api pod or
 * of Redis in its middle: writes that are only journaled then have to outlive that, too. A projector is never killed in
 * an outage (it drains nothing then), nor an api pod frozen (it has no job then).
 *
 * @param seed any text; the same text, round and kinds give the same schedule
 * @param round from 1
 */
export function makeSchedule(
  seed: string,
  round: number,
  lengths: FaultLengths,
  kinds: readonly FaultKind[] = lengths.kinds,
): Schedule {
  const random = randomStream(seed, `schedule of round ${round}`);
  const host = pick(random, ['freeze-mongodb', 'kill-mongodb'] as const);
  const guest = pick(random, [undefined, 'kill-api', 'kill-redis'] as const);
  const share = between(random, [0.4, 0.6]);
  const nested = guest !== undefined && kinds.includes(host) && kinds.includes(guest);
  const unplaced = kinds
    .filter((kind) => !(nested && kind === guest))
    .map((kind): Unplaced => {
      const each = planned(MAKERS[kind](random, lengths));
      if (!nested || kind !== host) return each;
      const afterMs = Math.round(share * mongodbAwayMs(each.fault));
      return { ...each, within: { afterMs, fault: MAKERS[guest](random, lengths) } };
    });
  let atMs = LEAD_IN_MS;
  const faults = shuffled(random, unplaced).map((fault): PlannedFault => {
    const placed = { ...fault, atMs: Math.round(atMs) };
    atMs += fault.lengthMs + between(random, lengths.gapMs);
    return placed;
  });
  return { faults, lengthMs: Math.round(atMs) };
}

type Unplaced = Omit<PlannedFault, 'atMs'>;

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
    aheadMs: Math.round(pick(random, [-1, 1]) * between(random, CLOCK_OFF_MS)),
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
};

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

function planned(fault: Fault): Unplaced {
  return { fault, lengthMs: Math.round(expectedMs(fault)) };
}

function expectedMs(fault: Fault): number {
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

function between(random: Random, [least, greatest]: readonly [number, number]): number {
  return least + random() * (greatest - least);
}

function pick<T>(random: Random, choices: readonly T[]): T {
  // An index below the length; `at` only doesn't know it.
  return choices[Math.floor(random() * choices.length)] as T;
}

/** Fisher and Yates' shuffle, on a copy. */
function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const rest = [...items];
  return Array.from(items, () => rest.splice(Math.floor(random() * rest.length), 1)).flat();
}
