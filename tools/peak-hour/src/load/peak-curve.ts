import { arrivalTimes, type Random } from '@hybrid-sync/trials';

/** How many times what the store takes the load is at its peak. */
export const PEAK = 5;
/** The same before the peak, and after it. */
export const CALM = 0.5;

/** When the load changes, as shares of the whole time; it rises and falls evenly in between. */
const CURVE: readonly (readonly [share: number, times: number])[] = [
  [0, CALM],
  [0.15, CALM],
  [0.35, PEAK],
  [0.6, PEAK],
  [0.75, CALM],
  [1, CALM],
];

/** When the store is slower, as shares of the whole time. */
export const SLOW = { from: 0.4, until: 0.6 } as const;

/** How many times what the store takes the load is, at a share of the whole time from 0 to 1. */
export function loadAt(share: number): number {
  const to = CURVE.findIndex(([at]) => at >= share);
  const [[fromAt, fromTimes], [toAt, toTimes]] = [at(Math.max(to - 1, 0)), at(to)];
  return toAt === fromAt ? toTimes : fromTimes + ((toTimes - fromTimes) * (share - fromAt)) / (toAt - fromAt);
}

/** The load's mean over the whole time, in times of what the store takes. */
export const MEAN_LOAD = areaUntil(CURVE.length - 1);

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
  let segment = 1;
  while (segment < CURVE.length - 1 && areaUntil(segment) < area) segment++;
  const [[fromAt, fromTimes], [toAt, toTimes]] = [at(segment - 1), at(segment)];
  const left = area - areaUntil(segment - 1);
  const slope = (toTimes - fromTimes) / (toAt - fromAt);
  // left = fromTimes * x + slope * x² / 2, solved for x in the form that also holds for a slope of 0.
  const x = (2 * left) / (fromTimes + Math.sqrt(fromTimes ** 2 + 2 * slope * left));
  return Math.min(fromAt + x, toAt);
}

function areaUntil(segment: number): number {
  let area = 0;
  for (let to = 1; to <= segment; to++) {
    const [[fromAt, fromTimes], [toAt, toTimes]] = [at(to - 1), at(to)];
    area += ((toAt - fromAt) * (fromTimes + toTimes)) / 2;
  }
  return area;
}

function at(index: number): readonly [share: number, times: number] {
  const point = CURVE[index];
  if (point === undefined) throw new RangeError(`the curve has no point ${index}`);
  return point;
}
