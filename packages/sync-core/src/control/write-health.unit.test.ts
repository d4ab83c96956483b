import { describe, expect, it } from 'vitest';
import { WRITES_FAIL_AFTER_MS, WriteHealth } from './write-health.js';

/** A moment at which what began to fail at 0 is an outage. */
const LATE = WRITES_FAIL_AFTER_MS;

describe('whether a pod can write', () => {
  it('is not doubted by a failure that is young, or that a success came after', () => {
    const health = new WriteHealth();
    health.notWritten('OOM', 0, 0);
    expect(health.failing(LATE - 1)).toBeUndefined();
    expect(health.failing(LATE)).toEqual({ forMs: LATE, cause: 'OOM' });
    health.written();
    expect(health.failing(LATE)).toBeUndefined();
  });

  it('is told by the probes where no client writes', () => {
    const health = new WriteHealth();
    health.probing(0);
    health.probed('READONLY', 10);
    expect(health.failing(LATE)).toEqual({ forMs: LATE, cause: 'READONLY' });
    health.probing(LATE);
    health.probed(undefined, LATE);
    expect(health.failing(LATE)).toBeUndefined();
  });

  it('is told by a probe that hangs before it has failed', () => {
    const health = new WriteHealth();
    health.probing(0);
    expect(health.failing(LATE - 1)).toBeUndefined();
    expect(health.failing(LATE)).toEqual({ forMs: LATE, cause: 'TIMEOUT' });
  });

  it('is not told by probes that succeed while all writes of the clients fail', () => {
    const health = new WriteHealth();
    for (let at = 0; at <= LATE; at += 1000) {
      health.notWritten('OOM', at, at);
      health.probing(at);
      health.probed(undefined, at);
    }
    expect(health.failing(LATE)).toMatchObject({ cause: 'OOM' });
  });

  it('is denied while what Redis takes is refused since nothing else keeps it, until something does', () => {
    const health = new WriteHealth();
    for (let at = 0; at <= LATE; at += 1000) {
      health.written();
      health.notKept('NOT_REPLICATED', at, at);
    }
    expect(health.failing(LATE - 1)).toBeUndefined();
    expect(health.failing(LATE)).toEqual({ forMs: LATE, cause: 'NOT_REPLICATED' });
    health.kept();
    expect(health.failing(LATE)).toBeUndefined();
  });

  it('is found out again by probes once the load balancer sends no more writes', () => {
    const health = new WriteHealth();
    health.notWritten('OOM', 0, 0);
    health.probing(LATE);
    health.probed(undefined, LATE);
    expect(health.failing(LATE)).toMatchObject({ cause: 'OOM' });
    expect(health.failing(60_000)).toBeUndefined();
  });

  it('is not doubted for two failures with a long silence between them', () => {
    const health = new WriteHealth();
    health.notWritten('TIMEOUT', 0, 0);
    health.notWritten('TIMEOUT', 60_000, 60_000);
    expect(health.failing(60_001)).toBeUndefined();
  });

  it('holds where some slots fail and others do not', () => {
    const health = new WriteHealth();
    health.probing(0);
    health.probed('JOURNAL_FULL', 0);
    health.written();
    expect(health.failing(LATE)).toBeUndefined();
  });
});
