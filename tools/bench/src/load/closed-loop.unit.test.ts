import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { closedLoop } from './closed-loop.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Runs a loop whose calls take so many milliseconds each, on a clock of the test's own. */
async function run(
  options: Omit<Parameters<typeof closedLoop>[0], 'call'>,
  call: (number: number) => { ms: number; method?: 'ASYNC_THREAD' | 'EVENT_BASED' | 'JOURNALED' },
) {
  const loop = closedLoop({
    ...options,
    call: (number) => {
      const { ms, method } = call(number);
      return new Promise((resolve) => setTimeout(() => resolve(method), ms));
    },
  });
  await vi.runAllTimersAsync();
  return loop;
}

describe('a closed loop', () => {
  it('keeps as many calls under way as there are clients', async () => {
    const { calls, latencies, made } = await run({ clients: 4, seconds: 1, leadInSeconds: 0 }, () => ({
      ms: 10,
    }));
    expect(calls).toBeCloseTo(400);
    expect(latencies.count).toBe(400);
    expect(latencies.p99).toBeCloseTo(10, 1);
    expect(made).toBe(400);
  });

  it('does not count the lead-in', async () => {
    const slowAtFirst = (number: number) => ({ ms: number < 5 ? 100 : 10 });
    const { calls, latencies } = await run({ clients: 1, seconds: 1, leadInSeconds: 0.5 }, slowAtFirst);
    expect(calls).toBeCloseTo(100);
    expect(latencies.max).toBeCloseTo(10, 1);
  });

  it('counts a call that crosses the begin or the end by its share within', async () => {
    const { calls } = await run({ clients: 1, seconds: 1, leadInSeconds: 0.1 }, () => ({ ms: 400 }));
    expect(calls).toBeCloseTo(2.5);
  });

  it('tells how many were answered, but not by the fast path', async () => {
    const method = (number: number) => (number % 4 === 0 ? 'EVENT_BASED' : 'ASYNC_THREAD');
    const { calls, notFast } = await run({ clients: 1, seconds: 1, leadInSeconds: 0 }, (number) => ({
      ms: 10,
      method: method(number),
    }));
    expect(calls).toBeCloseTo(100);
    expect(notFast).toBeCloseTo(25);
  });

  it('fails with the first failure, once every client has ended', async () => {
    let underWay = 0;
    const loop = closedLoop({
      clients: 2,
      seconds: 1,
      leadInSeconds: 0,
      call: async (number) => {
        underWay++;
        await new Promise((resolve) => setTimeout(resolve, 10));
        underWay--;
        if (number === 3) throw new Error('refused');
        return undefined;
      },
    });
    const failed = expect(loop).rejects.toThrow('refused');
    await vi.runAllTimersAsync();
    await failed;
    expect(underWay).toBe(0);
  });
});
