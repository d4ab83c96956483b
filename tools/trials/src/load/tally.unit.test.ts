import { describe, expect, it } from 'vitest';
import { Tally } from './tally.js';

describe('Tally', () => {
  it('counts by operation, method and part of the run', () => {
    const tally = new Tally();
    tally.answer('get', 5);
    tally.write('set', 'ASYNC_THREAD', 'before', 10);
    tally.write('set', 'EVENT_BASED', 'during', 20);
    tally.write('delete', 'EVENT_BASED', 'during', 30);
    tally.write('set', 'JOURNALED', 'after', 40);
    expect(tally.answered).toBe(5);
    expect(tally.methods).toEqual({ ASYNC_THREAD: 1, EVENT_BASED: 2, JOURNALED: 1 });
    expect(tally.byPhase.during).toEqual({ ASYNC_THREAD: 0, EVENT_BASED: 2, JOURNALED: 0 });
    const { get, set, delete: deletes } = tally.byOperation;
    expect([get.count, set.count, deletes.count]).toEqual([1, 3, 1]);
  });

  it('gives percentiles in milliseconds, to three digits', () => {
    const tally = new Tally();
    for (let ms = 1; ms <= 1000; ms++) tally.answer('get', ms);
    const { count, p50, p95, p99, max } = tally.all.summary();
    expect(count).toBe(1000);
    for (const [value, exact] of [
      [p50, 500],
      [p95, 950],
      [p99, 990],
      [max, 1000],
    ] as const) {
      expect(Math.abs(value / exact - 1)).toBeLessThan(0.002);
    }
  });

  it('keeps fractions of a millisecond and very long waits', () => {
    const tally = new Tally();
    tally.answer('get', 0.25);
    tally.write('set', 'EVENT_BASED', 'before', 3_600_000);
    expect(tally.byOperation.get.summary().max).toBeCloseTo(0.25, 2);
    expect(Math.abs(tally.byMethod.EVENT_BASED.summary().max / 3_600_000 - 1)).toBeLessThan(0.002);
  });

  it('has no latencies where nothing was answered', () => {
    expect(new Tally().all.summary()).toEqual({ count: 0, p50: 0, p95: 0, p99: 0, max: 0 });
  });

  it('counts failures by what was said, the commonest first, and does not time them', () => {
    const tally = new Tally();
    tally.failure('set', 'rare');
    for (let times = 0; times < 3; times++) tally.failure('get', 'common');
    expect(tally.errors).toEqual([
      { error: 'common', count: 3 },
      { error: 'rare', count: 1 },
    ]);
    expect([tally.failed, tally.answered]).toEqual([4, 0]);
    expect(tally.failedByOperation).toEqual({ get: 3, set: 1, delete: 0 });
  });

  it('counts no more than a bounded number of sorts of failure', () => {
    const tally = new Tally();
    for (let sort = 0; sort < 1000; sort++) tally.failure('set', `error ${sort}`);
    expect(tally.errors.length).toBeLessThanOrEqual(21);
    expect(tally.errors[0]).toEqual({ error: 'other errors', count: 980 });
    expect(tally.failed).toBe(1000);
  });
});
