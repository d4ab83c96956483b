import { describe, expect, it } from 'vitest';
import { randomStream } from './seeded-random.js';
import { MAX_SIZE_RATIO, SIZE_SIGMA, sizeSampler, ValueMaker } from './values.js';

const DRAWS = 40_000;

describe('sizeSampler', () => {
  it.each([1, 4, 8, 68, 1030, 10_658])('keeps a mean of %d bytes, within its bounds', (meanBytes) => {
    const next = sizeSampler(meanBytes, randomStream('3', 'sizes'));
    const sizes = Array.from({ length: DRAWS }, next);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / DRAWS;
    // Standard error: the law's relative deviation is sqrt(e^(sigma²) - 1) = 0.66, so 0.33 % of the mean for
    // 40,000 draws.
    const relativeError = Math.sqrt(Math.expm1(SIZE_SIGMA ** 2)) / Math.sqrt(DRAWS);
    expect(Math.abs(mean / meanBytes - 1)).toBeLessThan(4 * relativeError + 0.001);
    expect(
      sizes.filter((size) => !Number.isInteger(size) || size < 1 || size > meanBytes * MAX_SIZE_RATIO),
    ).toEqual([]);
  });

  it('spreads sizes: half of them below 0.84 of the mean, the largest well above it', () => {
    const next = sizeSampler(1000, randomStream('4', 'sizes'));
    const sizes = Array.from({ length: DRAWS }, next).sort((a, b) => a - b);
    // The median of a log-normal law is mean × e^(-sigma²/2).
    expect(Math.abs((sizes[DRAWS / 2] ?? 0) / 1000 - Math.exp(-(SIZE_SIGMA ** 2) / 2))).toBeLessThan(0.02);
    expect(sizes.at(-1)).toBeGreaterThan(4000);
  });

  it('makes every value one byte where that is the mean', () => {
    const next = sizeSampler(1, randomStream('5', 'sizes'));
    expect(new Set(Array.from({ length: 50 }, next))).toEqual(new Set([1]));
  });
});

describe('ValueMaker', () => {
  it('makes the same value again from its number and size', () => {
    expect(new ValueMaker('9').value(123, 500)).toBe(new ValueMaker('9').value(123, 500));
  });

  it.each([1, 2, 5, 100, 70_000, 200_000])('makes exactly %d bytes', (bytes) => {
    expect(Buffer.byteLength(new ValueMaker('9').value(31, bytes))).toBe(bytes);
  });

  it('makes values that differ from each other and between seeds', () => {
    const maker = new ValueMaker('9');
    expect(new Set(Array.from({ length: 5000 }, (_, number) => maker.value(number, 5))).size).toBe(5000);
    expect(new ValueMaker('10').value(1, 100)).not.toBe(maker.value(1, 100));
  });
});
