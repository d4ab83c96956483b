import { BrokenCircuitError } from 'cockatiel';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred } from '../testing/deferred.js';
import { type BreakerState, CircuitBreaker } from './circuit-breaker.js';

const RULE = { consecutiveFailures: 3, halfOpenAfterMs: 1000 };

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** Someone waits for the batch to the end. */
const awaited = () => new AbortController().signal;

function breakerUnderTest() {
  const changes: BreakerState[] = [];
  const breaker = new CircuitBreaker(RULE, (state) => changes.push(state));
  const fail = async (times = 1) => {
    for (let failures = 0; failures < times; failures++) {
      await expect(breaker.run(() => Promise.reject(new Error('away')), awaited())).rejects.toThrow('away');
    }
  };
  return {
    breaker,
    changes,
    fail,
    succeed: () => breaker.run(() => Promise.resolve('done'), awaited()),
    /** A breaker that has just opened. */
    open: () => fail(RULE.consecutiveFailures),
  };
}

describe('a closed breaker', () => {
  it('hands on what the work returns', async () => {
    const { breaker, succeed } = breakerUnderTest();
    expect(await succeed()).toBe('done');
    expect(breaker.state).toBe('closed');
    expect(breaker.allows()).toBe(true);
    expect([breaker.openedAt, breaker.probeAt]).toEqual([undefined, undefined]);
  });

  it('stays closed below its number of failures, and hands on why the work failed', async () => {
    const { breaker, fail, changes } = breakerUnderTest();
    await fail(RULE.consecutiveFailures - 1);
    expect(breaker.state).toBe('closed');
    expect(breaker.allows()).toBe(true);
    expect(changes).toEqual([]);
  });

  it('opens at its number of failures in a row, and tells of it', async () => {
    const { breaker, open, changes } = breakerUnderTest();
    await open();
    expect(breaker.state).toBe('open');
    expect(breaker.allows()).toBe(false);
    expect(changes).toEqual(['open']);
    expect(breaker.openedAt).toBe(Date.now());
    expect(breaker.probeAt).toBe(Date.now() + RULE.halfOpenAfterMs);
  });

  it('counts failures anew after a success', async () => {
    const { breaker, fail, succeed } = breakerUnderTest();
    await fail(RULE.consecutiveFailures - 1);
    await succeed();
    await fail(RULE.consecutiveFailures - 1);
    expect(breaker.state).toBe('closed');
  });
});

describe('an open breaker', () => {
  it('does not run the work', async () => {
    const { breaker, open } = breakerUnderTest();
    await open();
    const work = vi.fn(() => Promise.resolve());
    await expect(breaker.run(work, awaited())).rejects.toBeInstanceOf(BrokenCircuitError);
    expect(work).not.toHaveBeenCalled();
  });

  it('allows a batch again when its time has passed: that one is the probe', async () => {
    const { breaker, open } = breakerUnderTest();
    await open();
    await pass(RULE.halfOpenAfterMs - 1);
    expect(breaker.allows()).toBe(false);
    await pass(1);
    expect(breaker.allows()).toBe(true);
  });

  it('allows no second batch while the probe is under way', async () => {
    const { breaker, open } = breakerUnderTest();
    await open();
    await pass(RULE.halfOpenAfterMs);
    const probe = deferred<void>();
    const probed = breaker.run(() => probe.promise, awaited());
    expect(breaker.state).toBe('half-open');
    expect(breaker.allows()).toBe(false);
    probe.resolve();
    await probed;
    expect(breaker.allows()).toBe(true);
  });

  it('closes when the probe succeeds, and needs all its failures again to open', async () => {
    const { breaker, open, fail, succeed, changes } = breakerUnderTest();
    await open();
    await pass(RULE.halfOpenAfterMs);
    await succeed();
    expect(changes).toEqual(['open', 'half-open', 'closed']);
    await fail(RULE.consecutiveFailures - 1);
    expect(breaker.state).toBe('closed');
  });

  it('opens again when the probe fails, for as long as before', async () => {
    const { breaker, open, fail, changes } = breakerUnderTest();
    await open();
    await pass(RULE.halfOpenAfterMs);
    await fail();
    expect(changes).toEqual(['open', 'half-open', 'open']);
    await pass(RULE.halfOpenAfterMs - 1);
    expect(breaker.allows()).toBe(false);
    await pass(1);
    expect(breaker.allows()).toBe(true);
  });
});

describe('a batch that everyone stopped waiting for', () => {
  /** Runs a batch that is abandoned while it is under way. */
  function abandonOne(breaker: CircuitBreaker) {
    const work = deferred<string>();
    const abandoned = new AbortController();
    const outcome = breaker.run(() => work.promise, abandoned.signal);
    abandoned.abort();
    return { work, outcome };
  }

  it('counts as a failure at that moment, not when it ends', async () => {
    const { breaker } = breakerUnderTest();
    const batches = Array.from({ length: RULE.consecutiveFailures }, () => abandonOne(breaker));
    await pass(0);
    expect(breaker.state).toBe('open');
    for (const { work } of batches) work.resolve('late');
    await Promise.all(batches.map(({ outcome }) => outcome));
    expect(breaker.state).toBe('open');
  });

  it('still has its own outcome: what it returned', async () => {
    const { work, outcome } = abandonOne(breakerUnderTest().breaker);
    await pass(0);
    work.resolve('late');
    expect(await outcome).toBe('late');
  });

  it('still has its own outcome: why it failed', async () => {
    const { work, outcome } = abandonOne(breakerUnderTest().breaker);
    await pass(0);
    work.reject(new Error('taken back'));
    await expect(outcome).rejects.toThrow('taken back');
  });

  it('has not ended for its sender before the work has', async () => {
    const { work, outcome } = abandonOne(breakerUnderTest().breaker);
    const ended = vi.fn();
    const followed = outcome.then(ended);
    await pass(10_000);
    expect(ended).not.toHaveBeenCalled();
    work.resolve('late');
    await followed;
    expect(ended).toHaveBeenCalledWith('late');
  });

  it('is a failed probe when it was the probe', async () => {
    const { breaker, open } = breakerUnderTest();
    await open();
    await pass(RULE.halfOpenAfterMs);
    const { work, outcome } = abandonOne(breaker);
    await pass(0);
    expect(breaker.state).toBe('open');
    work.resolve('late');
    expect(await outcome).toBe('late');
  });
});
