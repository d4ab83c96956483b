import { describe, expect, it } from 'vitest';
import { randomStream } from './seeded-random.js';

const draw = (count: number, seed: string, purpose: string) => {
  const random = randomStream(seed, purpose);
  return Array.from({ length: count }, random);
};

describe('randomStream', () => {
  it('is the same for the same seed and purpose', () => {
    expect(draw(50, '7', 'keys')).toEqual(draw(50, '7', 'keys'));
  });

  it('is another one for another seed or purpose', () => {
    const stream = draw(50, '7', 'keys');
    for (const other of [draw(50, '8', 'keys'), draw(50, '7', 'sizes')]) {
      expect(other.filter((value, index) => value === stream[index])).toHaveLength(0);
    }
  });

  it('is uniform on 0 to 1, 1 excluded', () => {
    const values = draw(40_000, 'any text', 'uniformity');
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    // Standard error of the mean: 1 / sqrt(12 × 40,000) = 0.0014.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.006);
    for (let tenth = 0; tenth < 10; tenth++) {
      const inside = values.filter((value) => value >= tenth / 10 && value < (tenth + 1) / 10).length;
      // Standard deviation of each count: sqrt(40,000 × 0.1 × 0.9) = 60.
      expect(Math.abs(inside - 4000)).toBeLessThan(300);
    }
    expect(Math.min(...values.slice(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values.slice(0, 1000))).toBeLessThan(1);
  });
});
