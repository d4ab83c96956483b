import { expect, it } from 'vitest';
import { boundOf, reaches, TARGETS, type Target } from './targets.js';

it.each([
  [{ atLeast: 4 }, 4, true],
  [{ atLeast: 4 }, 3.99, false],
  [{ atMost: 0.5 }, 0.5, true],
  [{ atMost: 0.5 }, 0.51, false],
])('a target of %j and %d: %s', (bound, value, reached) => {
  expect(reaches({ name: 'vsDirectWrite', meaning: '', ...bound }, value)).toBe(reached);
});

it('each target has one bound, what is shown for comparison has none, and each figure is shown once', () => {
  const boundsOf = ({ atLeast, atMost }: Target) =>
    [atLeast, atMost].filter((bound) => bound !== undefined).length;
  const forComparison = TARGETS.filter((target) => boundsOf(target) === 0);
  expect(forComparison.map(({ name }) => name)).toEqual(['ofBulkWriteLimit', 'drainOfBulkWriteLimit']);
  expect(TARGETS.every((target) => boundsOf(target) <= 1)).toBe(true);
  expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
});

it('a bound is told', () => {
  expect(TARGETS.slice(0, 3).map(boundOf)).toEqual(['>= 6', '>= 3', '<= 0.4']);
});
