import { expect, vi } from 'vitest';
import { CircuitBreaker } from '../control/circuit-breaker.js';

/** What breakers under test go by, in the settings' units. */
export const RULE = { breakerFailures: 3, breakerSlowCallMs: 400, breakerHalfOpenMs: 1000 };

/** Lets so many milliseconds of a fake clock pass. */
export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** Someone waits for the batch to the end. */
export const awaited = (): AbortSignal => new AbortController().signal;

/** A breaker of its own, with what it said of itself, and calls that fail and succeed. */
export function breakerUnderTest() {
  const changes: string[] = [];
  const reasons: (string | undefined)[] = [];
  const rule = { ...RULE };
  const breaker = new CircuitBreaker(
    () => rule,
    (state, reason) => {
      changes.push(state);
      reasons.push(reason);
    },
  );
  const fail = async (times = 1) => {
    for (let failures = 0; failures < times; failures++) {
      await expect(breaker.run(() => Promise.reject(new Error('away')), awaited())).rejects.toThrow('away');
    }
  };
  return {
    breaker,
    rule,
    changes,
    reasons,
    fail,
    succeed: () => breaker.run(() => Promise.resolve('done'), awaited()),
    /** A breaker that has just opened. */
    open: () => fail(RULE.breakerFailures),
  };
}
