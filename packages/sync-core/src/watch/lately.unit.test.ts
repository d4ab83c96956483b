import { expect, it } from 'vitest';
import type { HistorySample } from './history.js';
import { latelyOf } from './lately.js';

const sample = (fast: number, p99Ms: number | null) =>
  ({ ASYNC_THREAD: fast, EVENT_BASED: 1, JOURNALED: 0, refused: 0, p99Ms }) as HistorySample;

it('is the mean of the last three seconds, and the longest of their times', () => {
  const samples = [sample(900, 900), sample(10, 4.04), sample(20, 7.16), sample(31, null)];
  expect(latelyOf(samples)).toEqual({
    writesPerSec: { ASYNC_THREAD: 20.3, EVENT_BASED: 1, JOURNALED: 0, refused: 0 },
    p99Ms: 7.2,
  });
});

it('is nothing where nothing was written, or nothing is known yet', () => {
  expect(latelyOf([])).toEqual({
    writesPerSec: { ASYNC_THREAD: 0, EVENT_BASED: 0, JOURNALED: 0, refused: 0 },
    p99Ms: null,
  });
  expect(latelyOf([sample(0, null)]).p99Ms).toBeNull();
});
