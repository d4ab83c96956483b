import { describe, expect, it } from 'vitest';
import { choose, normalised } from './weighted-choice.js';

describe('normalised', () => {
  it('makes the shares add up to 1, in the order given', () => {
    const shares = normalised([
      ['a', 3],
      ['b', 1],
    ]);
    expect(shares).toEqual([
      { item: 'a', share: 0.75 },
      { item: 'b', share: 0.25 },
    ]);
  });

  it.each([[[]], [[['a', 0]]], [[['a', -1]]], [[['a', Number.NaN]]]])('refuses %j', (weights) => {
    expect(() => normalised(weights as [string, number][])).toThrow(RangeError);
  });
});

describe('choose', () => {
  const shares = normalised([
    ['a', 0.2],
    ['b', 0.7],
    ['c', 0.1],
  ]);

  it.each([
    [0, 'a'],
    [0.199, 'a'],
    [0.201, 'b'],
    [0.899, 'b'],
    [0.901, 'c'],
    [1 - 2 ** -53, 'c'],
  ])('takes the item whose part of 0 to 1 holds the number drawn: %d is %s', (drawn, item) => {
    expect(choose(shares, () => drawn)).toBe(item);
  });

  it('gives what rounding leaves over to the last item', () => {
    expect(choose([{ item: 'only', share: 0.9 }], () => 0.95)).toBe('only');
  });
});
