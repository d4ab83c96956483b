import { expect, it } from 'vitest';
import { inGroups } from './in-groups.js';

it('makes groups that are full in number or in weight, and loses nothing', () => {
  expect(inGroups([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(inGroups([9, 1, 1, 1, 9], 10, 3, (weight) => weight)).toEqual([[9], [1, 1, 1], [9]]);
  expect(inGroups([], 2)).toEqual([]);
});
