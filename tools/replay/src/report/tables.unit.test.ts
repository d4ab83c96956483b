import { describe, expect, it } from 'vitest';
import type { RunReport } from './run-report.js';
import { tablesOf } from './tables.js';

const latency = (count: number) => ({ count, p50: 1.25, p95: 20, p99: 30, max: 40 });

const REPORT: RunReport = {
  profile: 'cluster12',
  runId: 'ab3de',
  seed: '4711',
  seconds: 60,
  rate: 500,
  achievedRate: 499.96,
  requests: { planned: 30_000, sent: 30_000, answered: 29_990, failed: 10 },
  heldBack: 3,
  errors: [{ error: 'ECONNRESET', count: 10 }],
  latency: latency(29_990),
  operations: {
    get: { ...latency(6000), failed: 10 },
    set: { ...latency(23_990), failed: 0 },
    delete: { ...latency(0), failed: 0 },
  },
  methods: { ASYNC_THREAD: latency(20_000), EVENT_BASED: latency(3990), JOURNALED: latency(0) },
  outage: {
    seconds: 20,
    methods: {
      before: { ASYNC_THREAD: 8000, EVENT_BASED: 0, JOURNALED: 0 },
      during: { ASYNC_THREAD: 10, EVENT_BASED: 3990, JOURNALED: 0 },
      after: { ASYNC_THREAD: 11_990, EVENT_BASED: 0, JOURNALED: 0 },
    },
  },
  reads: { found: 4000, absent: 2000, notJudged: 12, wrong: 0, firstWrong: [] },
  orderFaults: { count: 0, first: [] },
  settle: { settled: true, elapsedMs: 1234, left: { journal: 0, events: 0, fastJobs: 0 } },
  deadLetters: 0,
  comparison: { compared: 23_000, differing: 0, differences: [] },
  lostWrites: { checked: 22_900, lost: 0, first: [] },
  faults: [],
};

const rowOf = (text: string, name: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`│ ${name} `))
    ?.split('│')
    .map((cell) => cell.trim())
    .slice(1, -1);

describe('tablesOf', () => {
  it('shows counts and latencies by operation and by method', () => {
    const text = tablesOf(REPORT);
    expect(rowOf(text, 'get')).toEqual(['get', '6,000', '10', '1.3', '20.0', '30.0', '40.0']);
    expect(rowOf(text, 'delete')).toEqual(['delete', '0', '0', '', '', '', '']);
    expect(rowOf(text, 'EVENT_BASED')).toEqual(['EVENT_BASED', '3,990', '', '1.3', '20.0', '30.0', '40.0']);
    expect(rowOf(text, 'all')?.slice(0, 3)).toEqual(['all', '29,990', '10']);
    expect(rowOf(text, 'rate asked / achieved')?.[1]).toBe('500 / 500.0 per second');
  });

  it('shows the share of each method before, during and after the outage', () => {
    const text = tablesOf(REPORT);
    expect(rowOf(text, 'during')).toEqual(['during', '10 (0.3 %)', '3,990 (99.8 %)', '0 (0.0 %)']);
    expect(rowOf(text, 'after')).toEqual(['after', '11,990 (100.0 %)', '0 (0.0 %)', '0 (0.0 %)']);
    const { outage: _, ...without } = REPORT;
    expect(tablesOf(without)).not.toContain('during');
  });

  it('ends with the verdict', () => {
    expect(tablesOf(REPORT).split('\n').at(-1)).toMatch(/^PASSED/);
  });

  it('names the first keys that are wrong, and how to repeat the run', () => {
    const text = tablesOf({
      ...REPORT,
      reads: { ...REPORT.reads, wrong: 1, firstWrong: [{ key: 'k1', reason: 'version 1 instead of 2' }] },
      lostWrites: {
        checked: 1,
        lost: 1,
        first: [{ key: 'k2', version: 9, where: 'shadow', found: 'nothing' }],
      },
      comparison: {
        compared: 2,
        differing: 12,
        differences: Array.from({ length: 12 }, (_, at) => ({
          key: `d${at}`,
          kind: 'shadow-missing' as const,
          cacheVersion: 9,
        })),
      },
      faults: ['it is all wrong'],
    });
    expect(text).toContain('  k1: version 1 instead of 2');
    expect(text).toContain('  k2: version 9, but the shadow has nothing');
    expect(text).toContain('  d9: shadow-missing (cache 9, shadow nothing)');
    expect(text).not.toContain('d10:');
    expect(text).toContain('FAILED:\n  it is all wrong');
    expect(text).toContain('Replay of cluster12: 500 requests/s for 60 s; run ab3de, seed 4711');
  });
});
