import { describe, expect, it } from 'vitest';
import { randomStream } from './seeded-random.js';
import { zipfSampler } from './zipf.js';

const DRAWS = 60_000;

/** The exact probability of each rank, by summing up. */
function exactLaw(ranks: number, alpha: number): number[] {
  const weights = Array.from({ length: ranks }, (_, at) => (at + 1) ** -alpha);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function frequencies(ranks: number, alpha: number, seed: string): number[] {
  const draw = zipfSampler(ranks, alpha, randomStream(seed, 'zipf'));
  const counts = new Array<number>(ranks).fill(0);
  for (let at = 0; at < DRAWS; at++) {
    const rank = draw();
    counts[rank - 1] = (counts[rank - 1] ?? 0) + 1;
  }
  // A draw outside 1…ranks would have made an entry of its own.
  expect(Object.keys(counts)).toHaveLength(ranks);
  return counts;
}

describe('zipfSampler', () => {
  it.each([0, 0.0242, 0.3048, 0.8551, 0.9929, 1, 1.0666, 1.5095, 2.0637, 2.6774])(
    'follows the exact law for alpha %d',
    (alpha) => {
      const RANKS = 50;
      const counts = frequencies(RANKS, alpha, '11');
      exactLaw(RANKS, alpha).forEach((probability, at) => {
        const deviation = Math.sqrt(DRAWS * probability * (1 - probability));
        // Five standard deviations (and one draw, for the rarest): over all ranks and laws one false alarm in
        // 3,000 seeds.
        expect(Math.abs((counts[at] ?? 0) - DRAWS * probability)).toBeLessThan(5 * deviation + 1);
      });
    },
  );

  it.each([0, 0.5, 1, 2])('follows it for two ranks and alpha %d', (alpha) => {
    const [first = 0] = exactLaw(2, alpha);
    const [count = 0] = frequencies(2, alpha, '5');
    expect(Math.abs(count / DRAWS - first)).toBeLessThan(
      (5 * Math.sqrt(first * (1 - first))) / Math.sqrt(DRAWS),
    );
  });

  it('draws the only rank when there is one', () => {
    const draw = zipfSampler(1, 1.2, randomStream('1', 'zipf'));
    expect(new Set(Array.from({ length: 100 }, draw))).toEqual(new Set([1]));
  });

  it('draws from as many ranks as a run may have', () => {
    const draw = zipfSampler(1_000_000, 0.9, randomStream('2', 'zipf'));
    const ranks = Array.from({ length: 2000 }, draw);
    expect(Math.max(...ranks)).toBeGreaterThan(900_000);
    expect(Math.min(...ranks)).toBeLessThan(10);
  });

  it.each([
    [0, 1],
    [1.5, 1],
    [10, -1],
    [10, Number.NaN],
    [10, Number.POSITIVE_INFINITY],
  ])('refuses %d ranks with alpha %d', (ranks, alpha) => {
    expect(() => zipfSampler(ranks, alpha, () => 0.5)).toThrow(RangeError);
  });
});
