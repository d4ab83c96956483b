import { pino } from 'pino';
import { beforeEach, expect, it, vi } from 'vitest';
import { Heartbeat } from '../deployment/heartbeat.js';
import { ScheduledCheck } from '../reconcile/scheduled-check.js';
import { Repeater } from '../repeater.js';
import { BackgroundSample } from '../watch/background-sample.js';
import { background } from './life-cycle.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

const log = pino({ level: 'silent' });

/** Parts that pause for `pace.intervalMs` between their runs; `run` is called by each. */
const PARTS = {
  heartbeat: (pace: { intervalMs: number }, run: () => Promise<never>) =>
    new Heartbeat({
      id: 'me',
      word: () => ({
        activeThreads: 0,
        maxThreads: 1,
        circuitBreakers: { fast: 'closed', outbox: 'closed' },
      }),
      roster: { announce: run, withdraw: async () => {} },
      pace: () => ({ ...pace, forgetAfterMs: 1 }),
      mayLookOut: () => true,
      heard: async () => {},
      missed: () => {},
      log,
    }),
  'scheduled check': (pace: { intervalMs: number }, run: () => Promise<never>) =>
    new ScheduledCheck({
      store: { read: run } as never,
      verify: run,
      settings: () => ({ checkIntervalMs: pace.intervalMs, checkMaxKeys: 1, checkKeysPerSecond: 1 }),
      log,
    }),
  'background sample': (pace: { intervalMs: number }, run: () => Promise<never>) =>
    new BackgroundSample('nothing', run, { intervalMs: () => pace.intervalMs }, log),
  'repeater alone': (pace: { intervalMs: number }, run: () => Promise<never>) =>
    new Repeater(
      () => run().catch(() => undefined),
      () => pace.intervalMs,
    ),
};

it.each(Object.entries(PARTS))('a shorter pause holds for the one that has begun: %s', async (_, partOf) => {
  const run = vi.fn(() => Promise.reject(new Error('away')));
  const pace = { intervalMs: 9000 };
  const part = background('it', partOf(pace, run));
  await part.start?.();
  await vi.advanceTimersByTimeAsync(9000);
  const before = run.mock.calls.length;
  expect(before).toBeGreaterThan(0);
  pace.intervalMs = 500;
  await vi.advanceTimersByTimeAsync(499);
  expect(run).toHaveBeenCalledTimes(before);
  part.settingsChanged?.({} as never);
  await vi.advanceTimersByTimeAsync(1);
  expect(run).toHaveBeenCalledTimes(before + 1);
  await part.stop?.();
});
