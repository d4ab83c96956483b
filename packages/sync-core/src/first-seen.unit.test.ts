import { expect, it } from 'vitest';
import { FirstSeen } from './first-seen.js';

it('tells since when each place has shown the same, and forgets a place that shows nothing', () => {
  const seen = new FirstSeen();
  const since = (shown: [number, string][], now: number) => [...seen.after(shown, now)];
  expect(since([[1, 'a']], 10)).toEqual([[1, 10]]);
  expect(
    since(
      [
        [1, 'a'],
        [2, 'b'],
      ],
      20,
    ),
  ).toEqual([
    [1, 10],
    [2, 20],
  ]);
  expect(
    since(
      [
        [1, 'c'],
        [2, 'b'],
      ],
      30,
    ),
  ).toEqual([
    [1, 30],
    [2, 20],
  ]);
  expect(since([], 40)).toEqual([]);
  expect(since([[2, 'b']], 50)).toEqual([[2, 50]]);
});
