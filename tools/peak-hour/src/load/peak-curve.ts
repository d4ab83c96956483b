import { arrivalTimes, type Random } from '@hybrid-sync/trials';

/** How many times what the store takes the load is at its peak. */
export const PEAK = 5;
/** The same before the peak, and after it. */
export const CALM = 0.5;

/** The parts of the load, as shares of the whole time; in each it goes evenly from its first height to its last. */
const PARTS = {
  before: { from: 0, until: 0.15, first: CALM, last: CALM },
  rise: { from: 0.15, until: 0.35, first: CALM, last: PEAK },
  peak: { from: 0.35, until: 0.6, first: PEAK, last: PEAK },
  fall: { from: 0.6, until: 0.75, first: PEAK, last: CALM },
  after: { from: 0.75, until: 1, first: CALM, last: CALM },
} as const;
type Part = (typeof PARTS)[PartName];
/** The name of a part of the load: before the peak, the way up, the peak, the way down, after it. */
export type PartName = keyof typeof PARTS;
/** All of them, in their order. */
// Object.keys forgets what the keys of a constant are.
export const PART_NAMES = Object.keys(PARTS) as PartName[];

/** When the store is slower, as shares of the whole time. */
export const SLOW = { from: 0.4, until: 0.6 } as const;

/** The part of the load at a share of the whole time from 0 to 1. */
export function partAt(share: number): PartName {
  return PART_NAMES.find((name) => share < PARTS[name].until) ?? 'after';
}

/** How many times what the store takes the load is, at a share of the whole time from 0 to 1. */
export function loadAt(share: number): number {
  const { from, until, first, last } = PARTS[partAt(share)];
  return first + ((last - first) * (share - from)) / (until - from);
}

/** The load's mean over the whole time, in times of what the store takes. */
export const MEAN_LOAD = Object.values(PARTS).reduce((sum, part) => sum + areaOf(part), 0);

/**
 * When requests arrive, in milliseconds from the start, rising: `count` of them within `durationMs`, as in a Poisson
 * process whose rate follows the curve. Arrivals at an even rate are spread by the inverse of the curve's integral.
 */
export function* peakArrivalTimes(
  count: number,
  durationMs: number,
  random: Random,
): Generator<number, void, void> {
  for (const area of arrivalTimes(count, MEAN_LOAD, random)) yield durationMs * shareWithArea(area);
}

/** Up to which share of the time the curve's integral is so large. */
function shareWithArea(area: number): number {
  let left = area;
  for (const part of Object.values(PARTS)) {
    const { from, until, first, last } = part;
    if (left <= areaOf(part)) {
      const slope = (last - first) / (until - from);
      // left = first * x + slope * x² / 2, solved for x in the form that also holds for a slope of 0.
      return from + (2 * left) / (first + Math.sqrt(first ** 2 + 2 * slope * left));
    }
    left -= areaOf(part);
  }
  return 1;
}

function areaOf({ from, until, first, last }: Part): number {
  return ((until - from) * (first + last)) / 2;
}
