import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreUnavailableError, TooManyWaitsError } from '../errors.js';
import { ShadowWaits } from './shadow-waits.js';

let versions: Map<string, number>;
let looks: { at: number; keys: readonly string[] }[];
let away: boolean;
let waits: ShadowWaits;
beforeEach(() => {
  vi.useFakeTimers();
  versions = new Map();
  looks = [];
  away = false;
  const startedAt = performance.now();
  waits = new ShadowWaits({
    versionsOf: async (keys) => {
      looks.push({ at: performance.now() - startedAt, keys });
      if (away) throw new StoreUnavailableError('looking at shadows', new Error('MongoDB is away'));
      return versions;
    },
  });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** What a wait came to, once all timers have run. */
async function outcome<T>(wait: Promise<T>): Promise<T | Error> {
  const settled = wait.catch((error: Error) => error);
  await vi.runAllTimersAsync();
  return settled;
}

describe('a wait', () => {
  it.each([
    ['this version', 7, true],
    ['a newer version', 8, true],
    ['an older version', 6, false],
  ])('of no time looks once: the shadow has %s', async (_, shadowVersion, reached) => {
    versions.set('k', shadowVersion);
    expect(await outcome(waits.wait('k', 7, 0))).toMatchObject({ reached, shadowVersion });
    expect(looks).toHaveLength(1);
  });

  it('says so where there is no shadow', async () => {
    expect(await outcome(waits.wait('k', 7, 0))).toMatchObject({ reached: false, shadowVersion: undefined });
  });

  it('ends with the look that finds the version', async () => {
    const wait = waits.wait('k', 7, 60_000);
    await vi.advanceTimersByTimeAsync(3000);
    versions.set('k', 7);
    const looksBefore = looks.length;
    expect(await outcome(wait)).toMatchObject({ reached: true, shadowVersion: 7 });
    expect(looks).toHaveLength(looksBefore + 1);
  });

  it('looks ever more seldom, a last time when its time is up', async () => {
    expect(await outcome(waits.wait('k', 7, 10_000))).toMatchObject({ reached: false, waitedMs: 10_005 });
    const pauses = looks.slice(1).map(({ at }, index) => at - (looks[index]?.at ?? 0));
    const doubling = [20, 40, 80, 160, 320, 640].map((pause) => pause + 5);
    expect(pauses.slice(0, 6)).toEqual(doubling);
    expect(new Set(pauses.slice(6, -1))).toEqual(new Set([1005]));
    expect(looks.at(-1)?.at).toBe(10_005);
  });

  it('goes on while MongoDB is away, and fails if it still is when the time is up', async () => {
    away = true;
    const back = waits.wait('back', 7, 10_000);
    await vi.advanceTimersByTimeAsync(1000);
    away = false;
    versions.set('back', 7);
    expect(await outcome(back)).toMatchObject({ reached: true });

    away = true;
    const failed = await outcome(waits.wait('k', 7, 1000));
    expect(failed).toBeInstanceOf(StoreUnavailableError);
    expect((failed as Error).message).toContain('MongoDB is away');
  });
});

describe('many waits', () => {
  it('look together', async () => {
    const keys = Array.from({ length: 500 }, (_, index) => `k${index}`);
    await outcome(Promise.all(keys.map((key) => waits.wait(key, 7, 0))));
    expect(looks.map((look) => look.keys)).toEqual([keys]);
  });

  it('are refused beyond a bound, and taken again once some have ended', async () => {
    const waiting = Array.from({ length: 1000 }, () => waits.wait('k', 7, 100));
    const refused = await waits.wait('k', 7, 0).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TooManyWaitsError);
    await outcome(Promise.all(waiting));
    expect(await outcome(waits.wait('k', 7, 0))).toMatchObject({ reached: false });
  });

  it('of one caller leave places to others', async () => {
    const wait = (by: string) => waits.wait('k', 7, 100, { by });
    const outcomes = Promise.allSettled(Array.from({ length: 1005 }, () => wait('greedy')));
    const other = wait('other');
    await vi.runAllTimersAsync();
    const refused = (await outcomes).filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(400);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toBeInstanceOf(TooManyWaitsError);
      expect(reason.message).toContain('501 of them with this token');
    }
    expect(await other).toMatchObject({ reached: false });
  });

  it('end when nobody waits for them any more, and leave their place to others', async () => {
    const client = new AbortController();
    const waiting = Array.from({ length: 1000 }, () => waits.wait('k', 7, 60_000, { gone: client.signal }));
    await vi.advanceTimersByTimeAsync(100);
    client.abort();
    expect(vi.getTimerCount()).toBe(0);
    await outcome(Promise.all(waiting));
    expect(waits.waiting).toBe(0);
    expect(await outcome(waits.wait('k', 7, 60_000, { gone: client.signal }))).toMatchObject({ waitedMs: 5 });
  });

  it('end when the process stops, with what they saw last', async () => {
    versions.set('k', 6);
    const waiting = Array.from({ length: 3 }, () => waits.wait('k', 7, 60_000));
    await vi.advanceTimersByTimeAsync(100);
    waits.stop();
    expect(vi.getTimerCount()).toBe(0);
    const ended = await outcome(Promise.all(waiting));
    expect(ended).toEqual(Array(3).fill({ reached: false, shadowVersion: 6, waitedMs: expect.any(Number) }));
    expect(await outcome(waits.wait('k', 7, 60_000))).toMatchObject({ waitedMs: 5 });
  });
});
