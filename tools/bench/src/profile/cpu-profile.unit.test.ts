import { expect, it } from 'vitest';
import { type CpuProfile, summaryOf } from './cpu-profile.js';

const node = (id: number, functionName: string, url = '', lineNumber = 0) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});
const PROFILE: CpuProfile = {
  nodes: [
    node(1, '(idle)'),
    node(2, '(garbage collector)'),
    node(3, 'serialize', 'file:///x/node_modules/bson/lib/bson.cjs', 9),
    node(4, 'add', 'file:///x/node_modules/@scope/name/dist/index.js', 4),
    node(5, '', 'file:///x/packages/sync-core/dist/fast-path/batcher.js', 20),
    node(6, 'writeBuffer'),
    node(7, 'emit', 'node:events', 511),
    // The same function, called from somewhere else.
    node(8, 'serialize', 'file:///x/node_modules/bson/lib/bson.cjs', 9),
  ],
  samples: [1, 2, 3, 4, 5, 6, 7, 8, 3],
  timeDeltas: [60_000, 1000, 10_000, 4000, 3000, 2000, 5000, 10_000, 5000],
};

it('sums up self times by function and by package, the most first, without the idle time', () => {
  const { functions, packages } = summaryOf(PROFILE);
  expect(functions.map(({ what, ms }) => [what, ms])).toEqual([
    ['serialize (bson bson.cjs:10)', 25],
    ['emit (node:events:512)', 5],
    ['add (@scope/name index.js:5)', 4],
    ['(anonymous) (sync-core batcher.js:21)', 3],
    ['writeBuffer', 2],
    ['(garbage collector)', 1],
  ]);
  expect(packages.map(({ what, ms }) => [what, ms])).toEqual([
    ['bson', 25],
    ['node', 5],
    ['@scope/name', 4],
    ['sync-core', 3],
    ['node, native', 2],
    ['(garbage collector)', 1],
  ]);
});

it('tells the idle share of all, and the others of the rest', () => {
  const { totalMs, idleShare, functions } = summaryOf(PROFILE);
  expect(totalMs).toBe(100);
  expect(idleShare).toBeCloseTo(0.6);
  expect(functions[0]?.share).toBeCloseTo(25 / 40);
});

it('an empty profile has nothing in it', () => {
  expect(summaryOf({ nodes: [], samples: [], timeDeltas: [] })).toEqual({
    totalMs: 0,
    idleShare: 0,
    functions: [],
    packages: [],
  });
});
