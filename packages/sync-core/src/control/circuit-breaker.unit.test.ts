import { BrokenCircuitError } from 'cockatiel';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { awaited, breakerUnderTest, pass, RULE } from '../testing/breaker-under-test.js';
import { deferred } from '../testing/deferred.js';

/** So many of the last calls are looked at for the share that failed. */
const LOOKED_AT = 20;

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

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
