import { expect, it } from 'vitest';
import type { RowResult } from '../report/row-result.js';
import { bestShapes, bulkShapes } from './bulk-write-shapes.js';

function tried(inFlight: number, batch: number, mutationsPerSecond: number): RowResult {
  const clients = inFlight * batch;
  return { name: 'bulk-write', clients, inFlight, batch, mutationsPerSecond, p50Ms: 1, p99Ms: 1 };
}

it('a single client has one upsert under way; more are tried in one to four bulk writes of equal size', () => {
  const shapes = bulkShapes();
  expect(shapes.filter(({ inFlight, batch }) => inFlight * batch === 1)).toEqual([{ inFlight: 1, batch: 1 }]);
  expect(shapes.filter(({ inFlight, batch }) => inFlight * batch === 500)).toEqual([
    { inFlight: 1, batch: 500 },
    { inFlight: 2, batch: 250 },
    { inFlight: 4, batch: 125 },
  ]);
});

it('takes the fastest for each number of clients, the fastest with one at a time, and the fastest of all', () => {
  const results = [
    tried(1, 1, 10),
    tried(1, 100, 50),
    tried(4, 25, 70),
    tried(2, 50, 60),
    tried(2, 2000, 90),
    tried(4, 125, 85),
    tried(1, 500, 80),
  ];
  expect(bestShapes(results, [1, 100, 500])).toEqual([
    { inFlight: 1, batch: 1 },
    { inFlight: 4, batch: 25 },
    { inFlight: 4, batch: 125 },
    { inFlight: 1, batch: 500 },
    { inFlight: 2, batch: 2000 },
  ]);
});

it('does not take one twice', () => {
  expect(bestShapes([tried(1, 1, 10), tried(2, 250, 90)], [1, 500])).toHaveLength(2);
  expect(bestShapes([tried(1, 1, 10), tried(1, 500, 90)], [1, 500])).toHaveLength(2);
});
