import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { awaited, breakerUnderTest, pass, RULE } from '../testing/breaker-under-test.js';
import { deferred } from '../testing/deferred.js';
import type { CircuitBreaker } from './circuit-breaker.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

describe('a call that takes too long', () => {
  const slow = (breaker: CircuitBreaker) => {
    const work = deferred<string>();
    return { work, outcome: breaker.run(() => work.promise, awaited()) };
  };

  it('counts as a failure at that moment, and what it brings is still handed on', async () => {
    const { breaker, reasons } = breakerUnderTest();
    const calls = Array.from({ length: RULE.breakerFailures }, () => slow(breaker));
    await pass(RULE.breakerSlowCallMs - 1);
    expect(breaker.state).toBe('closed');
    await pass(1);
    expect(breaker.state).toBe('open');
    expect(reasons).toEqual([`the batch took longer than ${RULE.breakerSlowCallMs} ms`]);
    for (const { work } of calls) work.resolve('late');
    expect(await Promise.all(calls.map(({ outcome }) => outcome))).toEqual(['late', 'late', 'late']);
    expect(breaker.state).toBe('open');
  });

  it('is a failed probe when it was the probe', async () => {
    const { breaker, open } = breakerUnderTest();
    await open();
    await pass(RULE.breakerHalfOpenMs);
    const { work, outcome } = slow(breaker);
    await pass(RULE.breakerSlowCallMs);
    expect(breaker.state).toBe('open');
    work.resolve('late');
    expect(await outcome).toBe('late');
  });

  it('that ends in time leaves no timer behind', async () => {
    const { succeed } = breakerUnderTest();
    await succeed();
    expect(vi.getTimerCount()).toBe(0);
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
    const batches = Array.from({ length: RULE.breakerFailures }, () => abandonOne(breaker));
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
    await pass(RULE.breakerHalfOpenMs);
    const { work, outcome } = abandonOne(breaker);
    await pass(0);
    expect(breaker.state).toBe('open');
    work.resolve('late');
    expect(await outcome).toBe('late');
  });

  it('counts as a failure also when no one waited for it from the beginning', async () => {
    const { breaker } = breakerUnderTest();
    const work = deferred<void>();
    const batches = Array.from({ length: RULE.breakerFailures }, () =>
      breaker.run(() => work.promise, AbortSignal.abort()),
    );
    await pass(0);
    expect(breaker.state).toBe('open');
    work.resolve();
    await Promise.all(batches);
  });

  it('is the only one that is listened to: one that has ended leaves no listener behind', async () => {
    const { signal } = new AbortController();
    const work = deferred<void>();
    const outcome = breakerUnderTest().breaker.run(() => work.promise, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    work.resolve();
    await outcome;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});
