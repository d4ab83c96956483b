import { describe, expect, it } from 'vitest';
import { median, mediansOf, type RowResult } from './row-result.js';

describe('a median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[10, 9], 9.5],
    [[4, 1, 3, 2], 2.5],
    [[100, 20, 3], 20],
  ])('of %j is %d', (numbers, expected) => {
    expect(median(numbers)).toBe(expected);
  });

  it('of nothing is none', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

function result(clients: number, rate: number, more: Partial<RowResult> = {}): RowResult {
  return { name: 'core', clients, mutationsPerSecond: rate, p50Ms: rate / 10, p99Ms: rate * 10, ...more };
}

describe('the medians over rounds', () => {
  it('are taken figure by figure, for each row and number of clients apart', () => {
    const rounds = [
      [result(1, 10), result(100, 500)],
      [result(1, 30), result(100, 700)],
      [result(1, 20, { p99Ms: 1 }), result(100, 600)],
    ];
    expect(mediansOf(rounds)).toEqual([
      { name: 'core', clients: 1, mutationsPerSecond: 20, p50Ms: 2, p99Ms: 100 },
      { name: 'core', clients: 100, mutationsPerSecond: 600, p50Ms: 60, p99Ms: 6000 },
    ]);
  });

  it('tell rows of one number of clients apart', () => {
    const rounds = [[result(1, 10), result(1, 40, { name: 'http' })]];
    expect(mediansOf(rounds).map((each) => each.name)).toEqual(['core', 'http']);
  });

  it('are taken of the processor times where there are any', () => {
    const rounds = [10, 30, 14].map((podUs) => [result(1, 10, { podUs, redisUs: 2 })]);
    expect(mediansOf(rounds)).toMatchObject([{ podUs: 14, redisUs: 2 }]);
    expect(mediansOf(rounds)[0]).not.toHaveProperty('storeUs');
  });

  it('keep the share that was not fast, and the shape of bulk writes', () => {
    const rounds = [
      [result(500, 10, { notFastShare: 0, batch: 250, inFlight: 2 })],
      [result(500, 10, { notFastShare: 0.5, batch: 250, inFlight: 2 })],
      [result(500, 10, { notFastShare: 0.1, batch: 250, inFlight: 2 })],
    ];
    expect(mediansOf(rounds)).toMatchObject([{ notFastShare: 0.1, batch: 250, inFlight: 2 }]);
  });
});
