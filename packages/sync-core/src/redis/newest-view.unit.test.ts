import { expect, it } from 'vitest';
import { RedisFaultError } from '../errors.js';
import type { ClusterView } from './cluster-view.js';
import type { SlotRange } from './hash-slots.js';
import { fromTurn, isOlder, KNOWN_FOR_MS, NewestView } from './newest-view.js';

/** A cluster of masters with these epochs and hash slots. */
const view = (...masters: [id: string, epoch: number, ...ranges: SlotRange[]][]): ClusterView => ({
  masters: masters.map(([id, epoch, ...ranges]) => ({ id, epoch, ranges, host: id, port: 1 })),
  nodes: [],
});
const tells = (told: ClusterView) => async () => told;

const BEFORE = view(['a', 1, [0, 99]], ['b', 2, [100, 16383]]);
const FAILED_OVER = view(['successor of a', 7, [0, 99]], ['b', 2, [100, 16383]]);
const MOVED = view(['a', 1, [1, 99]], ['b', 3, [0, 0], [100, 16383]]);

it.each([
  ['before a failover', BEFORE, FAILED_OVER, true],
  ['after a failover', FAILED_OVER, BEFORE, false],
  ['before a hash slot moved', BEFORE, MOVED, true],
  ['after a hash slot moved', MOVED, BEFORE, false],
  ['the same', BEFORE, BEFORE, false],
  ['a part that knows of no master', view(['b', 2, [100, 16383]]), BEFORE, false],
  ['a server that tells no epochs', view(['a', 0, [0, 16383]]), view(['b', 0, [0, 16383]]), false],
])('a view of %s is told by its epochs', (_, seen, known, older) => {
  expect(isOlder(seen, known)).toBe(older);
});

it('a node that has not heard of a failover is not believed; the next one is asked', async () => {
  const newest = new NewestView('REDIS_URL');
  expect(await newest.of([tells(BEFORE)])).toBe(BEFORE);
  expect(await newest.of([tells(FAILED_OVER)])).toBe(FAILED_OVER);
  expect(await newest.of([tells(BEFORE), tells(FAILED_OVER)])).toBe(FAILED_OVER);
  await expect(newest.of([tells(BEFORE)])).rejects.toThrow(RedisFaultError);
});

it('where nobody has told of it for long, a cluster was made anew', async () => {
  let now = 0;
  const newest = new NewestView('REDIS_URL', () => now);
  await newest.of([tells(FAILED_OVER)]);
  now = KNOWN_FOR_MS - 1;
  await newest.of([tells(FAILED_OVER)]);
  now += KNOWN_FOR_MS - 1;
  await expect(newest.of([tells(BEFORE)])).rejects.toThrow('OLD_VIEW');
  now += 1;
  expect(await newest.of([tells(BEFORE)])).toBe(BEFORE);
  expect(await newest.of([tells(BEFORE)])).toBe(BEFORE);
});

it('another node is the first at each turn', () => {
  expect([0, 1, 2, 3].map((turn) => fromTurn(['a', 'b', 'c'], turn).join(''))).toEqual([
    'abc',
    'bca',
    'cab',
    'abc',
  ]);
  expect(fromTurn([], 5)).toEqual([]);
});
