import { describe, expect, it } from 'vitest';
import { randomStream } from '../workload/seeded-random.js';
import { arrivalTimes } from './arrival-times.js';

const COUNT = 20_000;
const DURATION_MS = 40_000;

const times = [...arrivalTimes(COUNT, DURATION_MS, randomStream('1', 'arrivals'))];

describe('arrivalTimes', () => {
  it('gives exactly the count, rising, within the duration', () => {
    expect(times).toHaveLength(COUNT);
    expect(times.every((at, index) => at >= (times[index - 1] ?? 0) && at < DURATION_MS)).toBe(true);
  });

  it('keeps the rate over the whole run', () => {
    for (let quarter = 0; quarter < 4; quarter++) {
      const inside = times.filter((at) => Math.floor((4 * at) / DURATION_MS) === quarter).length;
      // Binomial: standard deviation sqrt(20,000 × 0.25 × 0.75) = 61.
      expect(Math.abs(inside - COUNT / 4)).toBeLessThan(300);
    }
  });

  it('has the gaps of a Poisson process', () => {
    const gaps = times.map((at, index) => at - (times[index - 1] ?? 0));
    const mean = DURATION_MS / COUNT;
    for (const factor of [0.1, 1, 3]) {
      const share = gaps.filter((gap) => gap > factor * mean).length / COUNT;
      // Five standard deviations of a share of 20,000 are at most 0.018.
      expect(Math.abs(share - Math.exp(-factor))).toBeLessThan(0.018);
    }
  });

  it('gives none for none', () => {
    expect([...arrivalTimes(0, 1000, () => 0.5)]).toEqual([]);
  });
});
