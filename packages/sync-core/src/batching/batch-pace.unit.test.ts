import { describe, expect, it } from 'vitest';
import { BatchPace } from './batch-pace.js';

const SLOW_MS = 400;
const BOUND = 256;

/** A pace, and batches that leave one after the other and take so long. */
function paceUnderTest() {
  const pace = new BatchPace(() => SLOW_MS);
  let now = 1000;
  const batch = (mutations: number, tookMs: number, through = true) => {
    const leftAt = now;
    now += tookMs;
    pace.ended(mutations, through, leftAt, now);
    return pace.mutations(BOUND);
  };
  return { pace, batch };
}

it('lets batches be as large as their bound at first, whatever that is', () => {
  const { pace } = paceUnderTest();
  expect([pace.mutations(BOUND), pace.mutations(1)]).toEqual([BOUND, 1]);
});

describe('a slow batch', () => {
  it('makes the next ones half as large as it was, however large they might have been', () => {
    expect(paceUnderTest().batch(20, SLOW_MS + 1)).toBe(10);
  });

  it('and again, down to one mutation', () => {
    const { batch } = paceUnderTest();
    expect([20, 10, 5, 2, 1, 1].map((size) => batch(size, SLOW_MS + 1))).toEqual([10, 5, 2, 1, 1, 1]);
  });

  it('that is larger than batches may be now, since its first mutation was, counts as one of those', () => {
    const { batch } = paceUnderTest();
    batch(20, SLOW_MS + 1);
    expect(batch(200, SLOW_MS + 1)).toBe(5);
  });
});

describe('a batch that was neither slow nor quick', () => {
  it.each([SLOW_MS, SLOW_MS / 2])('changes nothing, after %d ms', (tookMs) => {
    const { batch } = paceUnderTest();
    batch(20, SLOW_MS + 1);
    expect(batch(10, tookMs)).toBe(10);
  });
});

describe('a quick batch', () => {
  it('makes the next ones twice as large, up to their bound', () => {
    const { batch } = paceUnderTest();
    batch(200, SLOW_MS + 1);
    expect([batch(1, SLOW_MS / 2 - 1), batch(1, 1), batch(1, 1)]).toEqual([200, BOUND, BOUND]);
  });

  it('that failed changes nothing: a refused connection is quick', () => {
    const { batch } = paceUnderTest();
    batch(20, SLOW_MS + 1);
    expect(batch(10, 1, false)).toBe(10);
    expect(batch(10, SLOW_MS + 1, false)).toBe(5);
  });

  it('brings the bound back after the worst', () => {
    const { batch } = paceUnderTest();
    batch(2, SLOW_MS + 1);
    for (let size = 2; size <= BOUND; size *= 2) expect(batch(size, 1)).toBe(size);
  });
});

it('batches that left before the last change say nothing of it: one change for all that were under way together', () => {
  const pace = new BatchPace(() => SLOW_MS);
  for (const now of [1000, 1001, 1002, 1003]) pace.ended(64, true, 500, now);
  expect(pace.mutations(BOUND)).toBe(32);
  pace.ended(32, true, 1000, 1001);
  expect(pace.mutations(BOUND)).toBe(64);
  pace.ended(32, true, 1000, 1500);
  expect(pace.mutations(BOUND)).toBe(64);
});
