import { randomStream } from '@hybrid-sync/trials';
import { describe, expect, it } from 'vitest';
import { CALM, loadAt, MEAN_LOAD, PEAK, peakArrivalTimes } from './peak-curve.js';

describe('the load over the time', () => {
  it.each([
    [0, CALM],
    [0.15, CALM],
    [0.25, (CALM + PEAK) / 2],
    [0.35, PEAK],
    [0.5, PEAK],
    [0.675, (CALM + PEAK) / 2],
    [1, CALM],
  ])('at %d of it is %d times what the store takes', (share, times) => {
    expect(loadAt(share)).toBeCloseTo(times, 10);
  });
});

describe('the times of arrival', () => {
  const COUNT = 200_000;
  const DURATION_MS = 60_000;
  const times = [...peakArrivalTimes(COUNT, DURATION_MS, randomStream('1', 'arrivals'))];

  it('are as many as asked for, rise, and lie within the time', () => {
    expect(times).toHaveLength(COUNT);
    expect(times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0))).toBe(true);
    expect(times[0]).toBeGreaterThanOrEqual(0);
    expect(times.at(-1)).toBeLessThanOrEqual(DURATION_MS);
  });

  it('follow the curve, second by second', () => {
    const perSecond = new Array<number>(60).fill(0);
    for (const time of times)
      perSecond[Math.floor(time / 1000)] = (perSecond[Math.floor(time / 1000)] ?? 0) + 1;
    perSecond.forEach((arrived, second) => {
      const expected = ((loadAt((second + 0.5) / 60) / MEAN_LOAD) * COUNT) / 60;
      // Five standard deviations of a Poisson number, and a little for the corners of the curve.
      expect(Math.abs(arrived - expected)).toBeLessThan(5 * Math.sqrt(expected) + 0.02 * expected);
    });
  });

  it('are the same for the same seed', () => {
    const again = [...peakArrivalTimes(100, DURATION_MS, randomStream('2', 'arrivals'))];
    expect([...peakArrivalTimes(100, DURATION_MS, randomStream('2', 'arrivals'))]).toEqual(again);
  });
});
