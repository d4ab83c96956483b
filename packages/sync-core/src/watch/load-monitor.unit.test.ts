import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoadSample } from '../control/load-state.js';
import { LoadMonitor } from './load-monitor.js';

const INTERVAL_MS = 100;
/** Sampling intervals after which a sample says nothing any more. */
const STALE_INTERVALS = 20;
const THRESHOLDS = { loadSaturation: 0.8, loadMaxUnprocessed: 100, loadNormalSamples: 1 };

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A monitor that takes in what the test says. */
function monitorUnderTest() {
  const log = pino({ level: 'silent' });
  const warn = vi.spyOn(log, 'warn');
  const info = vi.spyOn(log, 'info');
  const rule = { ...THRESHOLDS, loadSampleMs: INTERVAL_MS };
  const monitor = new LoadMonitor(() => rule, log);
  return {
    monitor,
    rule,
    warn,
    /** What was told of load, in words. */
    told: () => info.mock.calls.map((call) => call.at(-1)),
    /** A sample that saw this many busy threads of ten. */
    sees(activeThreads: number, pods = 1) {
      const nothing = { waitingJobs: 0, oldestWaitingJob: undefined, unprocessedEvents: 0 };
      monitor.sampled({
        at: Date.now(),
        activeThreads,
        pods,
        maxThreads: 10,
        ...nothing,
      } satisfies LoadSample);
    },
    fails: () => monitor.notSampled(new Error('Redis is away')),
  };
}

describe('the log', () => {
  it('says once that load can not be sampled, and once that it is again, each time', () => {
    const { sees, fails, warn, told } = monitorUnderTest();
    for (let outages = 0; outages < 2; outages++) {
      fails();
      fails();
      sees(0);
      sees(0);
    }
    expect(warn).toHaveBeenCalledTimes(2);
    expect(told()).toEqual(['load is sampled again', 'load is sampled again']);
  });

  it('tells of load when it turns high and when it turns normal, not of every sample', () => {
    const { sees, told } = monitorUnderTest();
    for (const activeThreads of [0, 10, 10, 0, 0]) sees(activeThreads);
    expect(told()).toEqual(['load changed', 'load changed']);
  });
});

describe('what is known of load', () => {
  it('is nothing before the first sample', () => {
    const { monitor } = monitorUnderTest();
    expect([monitor.level(), monitor.ageMs()]).toEqual(['unknown', undefined]);
  });

  it('is what the last sample said', async () => {
    const { monitor, sees } = monitorUnderTest();
    sees(9);
    expect(monitor.level()).toBe('high');
    await pass(INTERVAL_MS);
    sees(1);
    expect(monitor.level()).toBe('normal');
  });

  it('stays as it was when a sample fails', async () => {
    const { monitor, sees, fails } = monitorUnderTest();
    sees(9);
    await pass(INTERVAL_MS);
    fails();
    expect(monitor.level()).toBe('high');
    expect(monitor.ageMs()).toBe(INTERVAL_MS);
  });

  it.each([
    [9, 'high'],
    [1, 'normal'],
  ] as const)(
    'is nothing any more when the last sample, with %d of ten threads busy, is old: neither high nor normal',
    async (busy, level) => {
      const { monitor, sees, fails } = monitorUnderTest();
      sees(busy);
      for (let failures = 0; failures < STALE_INTERVALS - 1; failures++) {
        await pass(INTERVAL_MS);
        fails();
      }
      await pass(INTERVAL_MS);
      expect(monitor.level()).toBe(level);
      await pass(1);
      expect(monitor.level()).toBe('unknown');
      expect(monitor.ageMs()).toBe(STALE_INTERVALS * INTERVAL_MS + 1);
    },
  );

  it('outlives the pause between two beats, however many pods there are', async () => {
    const { monitor, sees } = monitorUnderTest();
    sees(9, 1000);
    await pass(24_000);
    expect(monitor.level()).toBe('high');
    await pass(1);
    expect(monitor.level()).toBe('unknown');
  });

  it('is known again with the next sample', async () => {
    const { monitor, sees } = monitorUnderTest();
    sees(1);
    await pass((STALE_INTERVALS + 1) * INTERVAL_MS);
    expect(monitor.level()).toBe('unknown');
    sees(1);
    expect(monitor.level()).toBe('normal');
  });

  it('is judged by the thresholds of that time', () => {
    const { monitor, rule, sees } = monitorUnderTest();
    sees(5);
    expect(monitor.level()).toBe('normal');
    Object.assign(rule, { loadSaturation: 0.5 });
    sees(5);
    expect(monitor.level()).toBe('high');
  });
});
