import { expect, it } from 'vitest';
import { boundOf, reaches, TARGETS } from './targets.js';

it.each([
  [{ atLeast: 4 }, 4, true],
  [{ atLeast: 4 }, 3.99, false],
  [{ atMost: 0.5 }, 0.5, true],
  [{ atMost: 0.5 }, 0.51, false],
])('a target of %j and %d: %s', (bound, value, reached) => {
  expect(reaches({ name: 'vsDirectWrite', meaning: '', ...bound }, value)).toBe(reached);
});

it('each target has one bound, and each figure one target', () => {
  for (const { atLeast, atMost } of TARGETS)
    expect([atLeast, atMost].filter((bound) => bound !== undefined)).toHaveLength(1);
  expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
});

it('a bound is told', () => {
  expect(TARGETS.slice(0, 3).map(boundOf)).toEqual(['>= 6', '>= 4', '<= 0.5']);
});
