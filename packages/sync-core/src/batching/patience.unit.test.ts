import { describe, expect, it } from 'vitest';
import { syncMode } from '../config/sync-mode.js';
import { patienceWith } from './patience.js';

const LIMITS = { timeoutMs: 2000, slowCallMs: 1000 };

describe('a write that has not waited yet', () => {
  it.each([
    ['adaptive', { timeoutMs: 2000, busyTimeoutMs: 1000 }],
    ['hybrid', { timeoutMs: 2000, busyTimeoutMs: 2000 }],
    ['event-only', { timeoutMs: 2000, busyTimeoutMs: 2000 }],
  ] as const)('in %s waits %j', (mode, patience) => {
    expect(patienceWith(LIMITS, mode, 0)).toEqual(patience);
  });

  it('in adaptive waits no longer in a queue than elsewhere, however long a batch may take', () => {
    expect(patienceWith({ timeoutMs: 300, slowCallMs: 1000 }, 'adaptive', 0)).toEqual({
      timeoutMs: 300,
      busyTimeoutMs: 300,
    });
  });
});

describe('a write that has waited for the other way', () => {
  it('has what is left of the time', () => {
    expect(patienceWith(LIMITS, 'adaptive', 400)).toEqual({ timeoutMs: 1600, busyTimeoutMs: 600 });
    expect(patienceWith(LIMITS, 'hybrid', 400)).toEqual({ timeoutMs: 1600, busyTimeoutMs: 1600 });
  });

  it.each(syncMode.options)('in %s has a quarter of it in any case', (mode) => {
    for (const waitedMs of [1500, 2000, 60_000]) {
      const { timeoutMs, busyTimeoutMs } = patienceWith(LIMITS, mode, waitedMs);
      expect(timeoutMs).toBe(500);
      expect(busyTimeoutMs).toBe(mode === 'adaptive' ? 250 : 500);
    }
  });
});
