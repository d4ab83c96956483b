import { type Random, randomStream } from '@hybrid-sync/trials';
import type { Fault, MongodbPart, PlannedFault, Schedule, Which } from './fault.js';

/** How long the faults of a round last, in milliseconds. */
export interface FaultLengths {
  readonly mongodbFrozenMs: number;
  readonly mongodbDownMs: number;
  /** Choices for a frozen api pod: all above the 2 s a client waits for the fast path; some above the 10 s job lock. */
  readonly apiFrozenMs: readonly number[];
  /** Least and greatest quiet time between two faults, in which the system is back at its usual way. */
  readonly gapMs: readonly [number, number];
}

/** What a full round has. */
export const FULL: FaultLengths = {
  mongodbFrozenMs: 10_000,
  mongodbDownMs: 20_000,
  apiFrozenMs: [4000, 4000, 12_000],
  gapMs: [3000, 5000],
};

/** What a round of CI has. */
export const SHORT: FaultLengths = {
  mongodbFrozenMs: 3000,
  mongodbDownMs: 5000,
  apiFrozenMs: [3000],
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
/** Longest time between a projector's taking a slot in hand and its kill, in milliseconds. */
const MAX_IN_HAND_MS = 25;

/**
 * Draws a round's faults: all six, in any order, one after the other with a quiet time between them, so that each one
 * meets a system that works. In two rounds of three, MongoDB's outage has the death of an api pod or of Redis in its
 * middle: writes that are only journaled then have to outlive that, too. A projector is never killed in an outage (it
 * drains nothing then), nor an api pod frozen (it has no job then).
 *
 * @param seed any text; the same text and round give the same schedule
 * @param round from 1
 */
export function makeSchedule(seed: string, round: number, lengths: FaultLengths): Schedule {
  const random = randomStream(seed, `schedule of round ${round}`);
  const outage = makeOutage(random, lengths);
  const inner = outage.within?.fault.kind;
  const others = [
    otherOutage(random, lengths, outage.fault.kind),
    ...(inner === 'kill-api' ? [] : [planned(killApi(random))]),
    ...(inner === 'kill-redis' ? [] : [planned(killRedis(random))]),
    planned(killProjector(random)),
    planned(freezeApi(random, lengths)),
  ];
  let atMs = LEAD_IN_MS;
  const faults = shuffled(random, [outage, ...others]).map((fault): PlannedFault => {
    const placed = { ...fault, atMs: Math.round(atMs) };
    atMs += fault.lengthMs + between(random, lengths.gapMs);
    return placed;
  });
  return { faults, lengthMs: Math.round(atMs) };
}

type Unplaced = Omit<PlannedFault, 'atMs'>;

/** The outage of MongoDB that may have another fault in its middle. */
function makeOutage(random: Random, lengths: FaultLengths): Unplaced {
  const host = planned(pick(random, [freezeMongodb, killMongodb])(random, lengths));
  const guest = pick(random, [undefined, killApi, killRedis]);
  const afterMs = Math.round(between(random, [0.4, 0.6]) * mongodbAwayMs(host.fault));
  return guest === undefined ? host : { ...host, within: { afterMs, fault: guest(random) } };
}

function otherOutage(random: Random, lengths: FaultLengths, taken: Fault['kind']): Unplaced {
  return planned((taken === 'freeze-mongodb' ? killMongodb : freezeMongodb)(random, lengths));
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
