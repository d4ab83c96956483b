import { expect, it } from 'vitest';
import { formatCount, formatSum } from './format.js';

it.each<[(number | null)[], string]>([
  [[3, 4], '7'],
  [[0, 0], '0'],
  [[null, 4], '≥ 4'],
  [[10_000, 4], '≥ 10,004'],
  [[9999, 9999], '19,998'],
  [[null, null], '–'],
])('a sum of %j is %s', (counts, text) => {
  expect(formatSum(counts, 10_000)).toBe(text);
});

it('a count that stopped at its limit says so', () => {
  expect([9999, 10_000, 12_000, null].map((count) => formatCount(count, 10_000))).toEqual([
    '9,999',
    '10,000+',
    '10,000+',
    '–',
  ]);
});
