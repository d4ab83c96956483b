import { type Random, randomStream } from '@hybrid-sync/trials';
import { between, pick } from '../faults/draw.js';
import { drawFault, type Fault, type FaultKind, kindOf } from '../faults/kinds.js';
import type { RoundLengths } from './fault-lengths.js';

/** A fault in its place in a round. */
export interface PlannedFault {
  /** From the start of the load, in milliseconds; later when the fault before it took longer than planned. */
  readonly atMs: number;
  /** How long it is expected to take until it is mended, in milliseconds. */
  readonly lengthMs: number;
  readonly fault: Fault;
  /** A fault in the middle of this one, by its start after this one's; only MongoDB's outages have one. */
  readonly within?: { readonly afterMs: number; readonly fault: Fault };
}

/** The whole of a round's faults. */
export interface Schedule {
  /** In the order of their times. */
  readonly faults: readonly PlannedFault[];
  /** From the start of the load to its end, in milliseconds. */
  readonly lengthMs: number;
}

/** Load before the first fault, in milliseconds: connections are made, the journal and the breakers have been used. */
const LEAD_IN_MS = 3000;
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
  lengths: RoundLengths,
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
      const fault = drawFault(kind, random, lengths);
      const each = { fault, lengthMs: Math.round(kindOf(fault).expectedMs(fault)) };
      if (!nested || kind !== host) return each;
      const afterMs = Math.round(share * mongodbAwayMs(fault));
      return { ...each, within: { afterMs, fault: drawFault(guest, random, lengths) } };
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

/** How long MongoDB is away in an outage of it, in milliseconds; 0 for other faults. */
export function mongodbAwayMs(fault: Fault): number {
  if (fault.kind === 'freeze-mongodb') return fault.frozenMs;
  return fault.kind === 'kill-mongodb' ? fault.downMs : 0;
}

/** Fisher and Yates' shuffle, on a copy. */
function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const rest = [...items];
  return Array.from(items, () => rest.splice(Math.floor(random() * rest.length), 1)).flat();
}
