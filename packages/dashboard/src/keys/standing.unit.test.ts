import { expect, it } from 'vitest';
import { standingOf } from './standing.js';

const cached = (version: number) => ({ version, bytes: 1, preview: 'v', cut: false });
const copied = (version: number, state: 'present' | 'deleted' | 'expired' = 'present') => ({
  version,
  state,
});

it.each([
  [cached(2), copied(2), '✓ same version', 'good'],
  [cached(2), copied(1), '▲ shadow is behind', 'warning'],
  [cached(2), copied(1, 'deleted'), '▲ shadow is behind', 'warning'],
  [cached(1), copied(2), '▲ cache is behind', 'warning'],
  [cached(1), null, '▲ no shadow yet', 'warning'],
  [null, copied(1), '▲ not in the cache', 'warning'],
  [null, copied(1, 'deleted'), 'deleted', ''],
  [null, copied(1, 'expired'), 'expired', ''],
  [null, null, 'not known', ''],
] as const)('cache %j and shadow %j: %s', (cache, shadow, words, tone) => {
  expect(standingOf({ cache, shadow })).toEqual({ words, tone });
});
