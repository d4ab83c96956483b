import { describe, expect, it } from 'vitest';
import { DRAINS_FAIL_AFTER_MS, DrainHealth } from './drain-health.js';

const LATE = DRAINS_FAIL_AFTER_MS;

describe('whether a projector can drain', () => {
  it('is told by each slot for itself', () => {
    const health = new DrainHealth();
    health.notDrained(1, 'NOPERM', 0, 0);
    health.drained(2);
    expect(health.failing(LATE - 1)).toBeUndefined();
    expect(health.failing(LATE)).toEqual({ forMs: LATE, cause: 'NOPERM' });
    health.drained(1);
    expect(health.failing(LATE)).toBeUndefined();
    expect(health.doubtful).toBe(false);
  });

  it('is not doubted for a slot that has no work any more', () => {
    const health = new DrainHealth();
    health.notDrained(1, 'OOM', 0, 0);
    health.swept(new Set([1]));
    expect(health.failing(LATE)).toMatchObject({ cause: 'OOM' });
    health.swept(new Set());
    expect(health.failing(LATE)).toBeUndefined();
  });

  it('is not doubted for one failure at the end of a long drain', () => {
    const health = new DrainHealth();
    health.notDrained(1, 'TIMEOUT', 0, 600_000);
    expect(health.failing(600_000)).toBeUndefined();
    expect(health.failing(600_000 + LATE)).toMatchObject({ cause: 'TIMEOUT' });
  });

  it('is told by sweeps that fail, since the first one of them began', () => {
    const health = new DrainHealth();
    for (const at of [0, 3000]) {
      health.sweeping(at);
      health.notSwept('TIMEOUT', at + 2000);
    }
    expect(health.failing(LATE)).toEqual({ forMs: LATE, cause: 'TIMEOUT' });
    health.sweeping(LATE);
    health.swept(new Set());
    expect(health.failing(LATE)).toBeUndefined();
  });

  it('is told by a sweep that hangs before it has failed', () => {
    const health = new DrainHealth();
    health.sweeping(0);
    expect(health.failing(LATE - 1)).toBeUndefined();
    expect(health.failing(LATE)).toEqual({ forMs: LATE, cause: 'TIMEOUT' });
  });

  it('is doubtful from the first failure on', () => {
    const health = new DrainHealth();
    expect(health.doubtful).toBe(false);
    health.sweeping();
    health.notSwept('TIMEOUT');
    expect(health.doubtful).toBe(true);
  });
});
