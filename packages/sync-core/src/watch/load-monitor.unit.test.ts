import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoadSample } from '../control/load-state.js';
import { type Deferred, deferred } from '../testing/deferred.js';
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

/** A monitor whose samples come when the test wants them. */
function monitorUnderTest() {
  const samples: Deferred<LoadSample>[] = [];
  const log = pino({ level: 'silent' });
  const warn = vi.spyOn(log, 'warn');
  const info = vi.spyOn(log, 'info');
  const rule = { ...THRESHOLDS, loadSampleMs: INTERVAL_MS };
  const monitor = new LoadMonitor(
    () => {
      const sample = deferred<LoadSample>();
      samples.push(sample);
      return sample.promise;
    },
    () => rule,
    log,
  );
  const last = () => {
    const sample = samples.at(-1);
    if (sample === undefined) throw new Error('no sample is being taken');
    return sample;
  };
  return {
    monitor,
    rule,
    warn,
    /** What was told of load, in words. */
    told: () => info.mock.calls.map((call) => call.at(-1)),
    taken: () => samples.length,
    /** The sample under way sees this many busy threads. */
    async sees(activeThreads: number) {
      const nothing = { waitingJobs: 0, oldestWaitingJob: undefined, unprocessedEvents: 0 };
      const pool = { pods: 1, maxThreads: 10 };
      last().resolve({ at: Date.now(), activeThreads, ...pool, ...nothing });
      await pass(0);
    },
    async fails() {
      last().reject(new Error('Redis is away'));
      await pass(0);
    },
    finish: () => last().reject(new Error('over')),
  };
}

describe('sampling', () => {
  it('begins when started, and once only', () => {
    const { monitor, taken } = monitorUnderTest();
    expect(taken()).toBe(0);
    monitor.start();
    monitor.start();
    expect(taken()).toBe(1);
  });

  it('takes the next sample an interval after the last one has come', async () => {
    const { monitor, taken, sees } = monitorUnderTest();
    monitor.start();
    await sees(0);
    await pass(INTERVAL_MS - 1);
    expect(taken()).toBe(1);
    await pass(1);
    expect(taken()).toBe(2);
  });

  it('never takes two at the same time, however long one takes', async () => {
    const { monitor, taken } = monitorUnderTest();
    monitor.start();
    await pass(100 * INTERVAL_MS);
    expect(taken()).toBe(1);
  });

  it('goes on after a failure, and says once that it failed', async () => {
    const { monitor, taken, fails, warn } = monitorUnderTest();
    monitor.start();
    for (let failures = 0; failures < 3; failures++) {
      await fails();
      await pass(INTERVAL_MS);
    }
    expect(taken()).toBe(4);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('says once that it goes on, and again when it fails the next time', async () => {
    const { monitor, sees, fails, warn, told } = monitorUnderTest();
    monitor.start();
    for (let outages = 0; outages < 2; outages++) {
      await fails();
      await pass(INTERVAL_MS);
      for (let samples = 0; samples < 2; samples++) {
        await sees(0);
        await pass(INTERVAL_MS);
      }
    }
    expect(warn).toHaveBeenCalledTimes(2);
    expect(told()).toEqual(['load is sampled again', 'load is sampled again']);
  });

  it('tells of load when it turns high and when it turns normal, not of every sample', async () => {
    const { monitor, sees, told } = monitorUnderTest();
    monitor.start();
    for (const activeThreads of [0, 10, 10, 0, 0]) {
      await sees(activeThreads);
      await pass(INTERVAL_MS);
    }
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
    monitor.start();
    await sees(9);
    expect(monitor.level()).toBe('high');
    await pass(INTERVAL_MS);
    await sees(1);
    expect(monitor.level()).toBe('normal');
  });

  it('stays as it was when a sample fails', async () => {
    const { monitor, sees, fails } = monitorUnderTest();
    monitor.start();
    await sees(9);
    await pass(INTERVAL_MS);
    await fails();
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
      monitor.start();
      await sees(busy);
      for (let failures = 0; failures < STALE_INTERVALS - 1; failures++) {
        await pass(INTERVAL_MS);
        await fails();
      }
      await pass(INTERVAL_MS);
      expect(monitor.level()).toBe(level);
      await pass(1);
      expect(monitor.level()).toBe('unknown');
      expect(monitor.ageMs()).toBe(STALE_INTERVALS * INTERVAL_MS + 1);
    },
  );

  it('is known again with the next sample', async () => {
    const { monitor, sees } = monitorUnderTest();
    monitor.start();
    await sees(1);
    await pass((STALE_INTERVALS + 1) * INTERVAL_MS);
    expect(monitor.level()).toBe('unknown');
    await sees(1);
    expect(monitor.level()).toBe('normal');
  });

  it('is judged by thresholds and sampled at intervals as they are at that time', async () => {
    const { monitor, rule, sees, taken } = monitorUnderTest();
    monitor.start();
    await sees(5);
    expect(monitor.level()).toBe('normal');
    Object.assign(rule, { loadSaturation: 0.5, loadSampleMs: 2 * INTERVAL_MS });
    await pass(INTERVAL_MS);
    await sees(5);
    expect(monitor.level()).toBe('high');
    await pass(INTERVAL_MS);
    expect(taken()).toBe(2);
    await pass(INTERVAL_MS);
    expect(taken()).toBe(3);
  });
});

describe('stop()', () => {
  it('takes no further sample', async () => {
    const { monitor, taken, sees } = monitorUnderTest();
    monitor.start();
    await sees(0);
    await monitor.stop();
    await pass(10 * INTERVAL_MS);
    expect(taken()).toBe(1);
  });

  it('resolves when the sample under way has come, which is then the last one', async () => {
    const { monitor, taken, finish, warn } = monitorUnderTest();
    monitor.start();
    const stopped = vi.fn();
    const stopping = monitor.stop().then(stopped);
    await pass(INTERVAL_MS);
    expect(stopped).not.toHaveBeenCalled();
    finish();
    await stopping;
    await pass(10 * INTERVAL_MS);
    expect(taken()).toBe(1);
    // Its connections are being closed: that it fails is no news.
    expect(warn).not.toHaveBeenCalled();
  });

  it('resolves at once when it was never started', async () => {
    await expect(monitorUnderTest().monitor.stop()).resolves.toBeUndefined();
  });
});
