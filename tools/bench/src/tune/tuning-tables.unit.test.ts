import { describe, expect, it } from 'vitest';
import { plotOf } from './plot.js';
import {
  DELAYS_MS,
  loadsWith,
  settingsWith,
  THREADS,
  TIMEOUTS_MS,
  type TuningResult,
} from './tuning-plan.js';
import { threadsSummaries, threadsToChoose, tuningTables } from './tuning-tables.js';

/** Results in which ten threads are the fastest, two nearly so, and the shortest timeout is too short at 100 ms. */
const RESULTS: TuningResult[] = DELAYS_MS.flatMap((delayMs) =>
  loadsWith(delayMs).map((load) => ({
    ...load,
    mutationsPerSecond: { 1: 500, 2: 970, 10: 1000 }[load.threads] ?? 900,
    p50Ms: delayMs,
    p99Ms: delayMs * 2 + load.timeoutMs / 1000,
    maxMs: load.timeoutMs,
    notFastShare: delayMs === 100 && load.timeoutMs === 1000 ? 0.25 : 0,
  })),
);

describe('the loads', () => {
  it('combine all threads with all timeouts, and vary each alone beside', () => {
    const loads = loadsWith(20);
    const of = (experiment: string) => loads.filter((load) => load.experiment === experiment);
    expect(of('threads')).toHaveLength(THREADS.length * TIMEOUTS_MS.length);
    expect(of('adaptive').map(({ threads }) => threads)).toEqual([...THREADS]);
    expect(of('outage').map(({ timeoutMs }) => timeoutMs)).toEqual([...TIMEOUTS_MS]);
  });

  it('give every thread a batch where threads are measured, and change nothing else elsewhere', () => {
    const load = { delayMs: 1, threads: 20, timeoutMs: 5000 };
    const varied = { MAX_ASYNC_THREADS: '20', ASYNC_TIMEOUT_MS: '5000' };
    expect(settingsWith({ experiment: 'threads', ...load })).toEqual({
      ...varied,
      SYNC_MODE: 'hybrid',
      FAST_MAX_IN_FLIGHT_BATCHES: '20',
    });
    expect(settingsWith({ experiment: 'adaptive', ...load })).toEqual(varied);
    expect(settingsWith({ experiment: 'outage', ...load })).toEqual(varied);
  });
});

describe('what to choose', () => {
  it('is the fewest threads that are nearly as fast as the best', () => {
    const here = threadsSummaries(RESULTS).filter(({ delayMs }) => delayMs === 20);
    expect(threadsToChoose(here)).toMatchObject({ threads: 2, mutationsPerSecond: 970 });
  });

  it('is nothing where nothing was measured', () => {
    expect(() => threadsToChoose([])).toThrow(RangeError);
  });

  it('is told for each delay, with the shortest timeout that no one fell back with', () => {
    const [choice] = tuningTables(RESULTS);
    expect(choice?.rows).toEqual([
      ['1 ms', '2', '970', '4.0', '1000', '1000'],
      ['20 ms', '2', '970', '42.0', '2000', '1000'],
      ['100 ms', '2', '970', '202', '5000', '2000'],
    ]);
  });
});

it('the tables have a line for all that was varied', () => {
  const [, threads, adaptive, outage] = tuningTables(RESULTS);
  expect(threads?.rows).toHaveLength(DELAYS_MS.length * THREADS.length);
  expect(threads?.rows[1]).toEqual([
    '1 ms',
    '2',
    '970',
    '3.0',
    '0.0 %',
    '970',
    '4.0',
    '0.0 %',
    '970',
    '7.0',
    '0.0 %',
  ]);
  expect(adaptive?.rows.map(([each]) => each)).toEqual(THREADS.map(String));
  expect(outage?.rows[0]).toEqual([
    '1000',
    '1,000',
    '1,000',
    '0.0 %',
    '1,000',
    '1,000',
    '0.0 %',
    '1,000',
    '1,000',
    '25.0 %',
  ]);
});

it('the plot has a line for each delay, and its axes named', async () => {
  const svg = await plotOf(threadsSummaries(RESULTS));
  expect(svg).toMatch(/^<svg [^>]*>.*<\/svg>$/s);
  for (const text of ['mutations/s', 'p99, ms', 'threads', ...DELAYS_MS.map((delayMs) => `${delayMs} ms`)]) {
    expect(svg).toContain(`>${text}</text>`);
  }
});
