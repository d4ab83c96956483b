import { getEventListeners } from 'node:events';
import { BrokenCircuitError } from 'cockatiel';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred } from '../testing/deferred.js';
import { CircuitBreaker } from './circuit-breaker.js';

const RULE = { breakerFailures: 3, breakerSlowCallMs: 400, breakerHalfOpenMs: 1000 };
/** So many of the last calls are looked at for the share that failed. */
const LOOKED_AT = 20;

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** Someone waits for the batch to the end. */
const awaited = () => new AbortController().signal;

function breakerUnderTest() {
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

describe('a closed breaker', () => {
  it('hands on what the work returns', async () => {
    const { breaker, succeed } = breakerUnderTest();
    expect(await succeed()).toBe('done');
    expect(breaker.state).toBe('closed');
    expect(breaker.standing()).toBe('closed');
    expect([breaker.openedAt, breaker.probeAt]).toEqual([undefined, undefined]);
  });

  it('stays closed below its number of failures, and hands on why the work failed', async () => {
    const { breaker, fail, changes } = breakerUnderTest();
    await fail(RULE.breakerFailures - 1);
    expect(breaker.state).toBe('closed');
    expect(breaker.standing()).toBe('closed');
    expect(changes).toEqual([]);
  });

  it('opens at its number of failures in a row, and tells of it and why', async () => {
    const { breaker, open, changes, reasons } = breakerUnderTest();
    await open();
    expect(breaker.state).toBe('open');
    expect(breaker.standing()).toBe('open');
    expect([changes, reasons]).toEqual([['open'], ['away']]);
    expect(breaker.openedAt).toBe(Date.now());
    expect(breaker.probeAt).toBe(Date.now() + RULE.breakerHalfOpenMs);
  });

  it('counts failures anew after a success', async () => {
    const { breaker, fail, succeed } = breakerUnderTest();
    await fail(RULE.breakerFailures - 1);
    await succeed();
    await fail(RULE.breakerFailures - 1);
    expect(breaker.state).toBe('closed');
  });
});

describe('a closed breaker whose calls fail now and then', () => {
  /** Lets calls fail and succeed in turns, the failures first. */
  async function alternate(
    { fail, succeed }: Pick<ReturnType<typeof breakerUnderTest>, 'fail' | 'succeed'>,
    calls: number,
  ) {
    for (let call = 0; call < calls; call++) await (call % 2 === 0 ? fail() : succeed());
  }

  it('stays closed while half of the last calls failed', async () => {
    const parts = breakerUnderTest();
    await alternate(parts, 4 * LOOKED_AT);
    expect(parts.breaker.state).toBe('closed');
  });

  it('opens when more than half of them did, although never so many in a row', async () => {
    const parts = breakerUnderTest();
    await alternate(parts, LOOKED_AT);
    await parts.fail();
    expect(parts.breaker.state).toBe('closed');
    await parts.fail();
    expect(parts.breaker.state).toBe('open');
  });

  it('stays closed while it has seen few calls, however many of them failed', async () => {
    const { breaker, fail, succeed } = breakerUnderTest();
    await fail(2);
    await succeed();
    await fail(2);
    expect(breaker.state).toBe('closed');
  });
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

it('follows its rule as it is at that time', async () => {
  const { breaker, rule, fail } = breakerUnderTest();
  await fail();
  Object.assign(rule, { breakerFailures: 2, breakerSlowCallMs: 5, breakerHalfOpenMs: 20 });
  await fail();
  expect(breaker.state).toBe('open');
  await pass(20);
  expect(breaker.standing()).toBe('probe-due');
  const work = deferred<void>();
  const probe = breaker.run(() => work.promise, awaited());
  await pass(5);
  expect(breaker.state).toBe('open');
  work.resolve();
  await probe;
});

describe('an open breaker', () => {
  it('does not run the work', async () => {
    const { breaker, open } = breakerUnderTest();
    await open();
    const work = vi.fn(() => Promise.resolve());
    await expect(breaker.run(work, awaited())).rejects.toBeInstanceOf(BrokenCircuitError);
    expect(work).not.toHaveBeenCalled();
  });

  it('is due for a probe when its time has passed', async () => {
    const { breaker, open } = breakerUnderTest();
    await open();
    await pass(RULE.breakerHalfOpenMs - 1);
    expect(breaker.standing()).toBe('open');
    await pass(1);
    expect(breaker.standing()).toBe('probe-due');
  });

  it('lets no second batch through while the probe is under way', async () => {
    const { breaker, open } = breakerUnderTest();
    await open();
    await pass(RULE.breakerHalfOpenMs);
    const probe = deferred<void>();
    const probed = breaker.run(() => probe.promise, awaited());
    expect(breaker.state).toBe('half-open');
    expect(breaker.standing()).toBe('open');
    probe.resolve();
    await probed;
    expect(breaker.standing()).toBe('closed');
  });

  it('closes when the probe succeeds, and needs all its failures again to open', async () => {
    const { breaker, open, fail, succeed, changes } = breakerUnderTest();
    await open();
    await pass(RULE.breakerHalfOpenMs);
    await succeed();
    expect(changes).toEqual(['open', 'closed']);
    await fail(RULE.breakerFailures - 1);
    expect(breaker.state).toBe('closed');
  });

  it('opens again when the probe fails, for as long as before; that is told once, as it never closed', async () => {
    const { breaker, open, fail, changes } = breakerUnderTest();
    await open();
    await pass(RULE.breakerHalfOpenMs);
    await fail();
    expect(breaker.state).toBe('open');
    expect(changes).toEqual(['open']);
    await pass(RULE.breakerHalfOpenMs - 1);
    expect(breaker.standing()).toBe('open');
    await pass(1);
    expect(breaker.standing()).toBe('probe-due');
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
