import { expect, it } from 'vitest';
import type { ModeFindings, PeakWrite } from '../run-mode.js';
import { faultsOf, modeReportOf } from './mode-report.js';
import { tablesOf } from './tables.js';

const DURATION_MS = 10_000;

/** Hundred writes a second, each with this latency. */
const evenly = (latencyMs: number): PeakWrite[] =>
  Array.from({ length: 1000 }, (_, index) => ({
    at: index * 10,
    latencyMs,
    ...(index % 4 === 0
      ? { method: 'ASYNC_THREAD', fallbackReason: undefined }
      : { method: 'EVENT_BASED', fallbackReason: 'HIGH_LOAD' }),
  }));

function found(mode: ModeFindings['mode'], changed: Partial<ModeFindings> = {}, lost = 0): ModeFindings {
  return {
    mode,
    writes: evenly(10),
    depths: [
      { at: 0, journal: 1, events: 2 },
      { at: 1000, journal: 30, events: 20 },
      { at: 2000, journal: 0, events: 0 },
    ],
    errors: [],
    wrong: 0,
    heldBack: 0,
    rest: {
      settle: { settled: true, elapsedMs: 1500, left: { journal: 0, events: 0, fastJobs: 0 } },
      lostWrites: { checked: 1000, lost, first: [] },
      comparison: { compared: 1000, differing: 0, differences: [] },
      deadLetters: 0,
    },
    ...changed,
  };
}
const report = (...args: Parameters<typeof found>) => modeReportOf(found(...args), DURATION_MS);

it('tells of a mode what its writes took, in all and in each part of the load, and what became of them', () => {
  const slowAtThePeak = evenly(10).map((write) => ({
    ...write,
    latencyMs: write.at >= 3500 && write.at < 6000 ? 500 : 10,
  }));
  const one = report('adaptive', { writes: slowAtThePeak });
  expect(one.writes.count).toBe(1000);
  expect(Math.round(one.phases.peak.p50)).toBe(500);
  for (const phase of ['before', 'rise', 'fall', 'after'] as const) {
    expect(Math.round(one.phases[phase].p99)).toBe(10);
  }
  expect(
    one.outcomes.map(({ method, fallbackReason, writes }) => [method, fallbackReason, writes.count]),
  ).toEqual([
    ['EVENT_BASED', 'HIGH_LOAD', 750],
    ['ASYNC_THREAD', undefined, 250],
  ]);
  expect(one.perSecond.map(({ second, writes }) => [second, writes])).toEqual(
    Array.from({ length: 10 }, (_, second) => [second, 100]),
  );
  expect(one).toMatchObject({ mostEvents: 20, mostJournaled: 30, settleMs: 1500 });
});

it('finds no fault where nothing was lost and adaptive is within a tenth of the lowest p99', () => {
  expect(
    faultsOf([report('adaptive', { writes: evenly(10.9) }), report('hybrid'), report('event-only')]),
  ).toEqual([]);
});

it('finds fault with an adaptive that is slower than another mode by more than a tenth', () => {
  const modes = [
    report('adaptive', { writes: evenly(12) }),
    report('hybrid', { writes: evenly(50) }),
    report('event-only'),
  ];
  expect(faultsOf(modes)).toEqual([expect.stringMatching(/p99 of writes is 12 ms in adaptive, and 10 ms/)]);
});

it.each([
  ['lost', [{}, 3], '3 acknowledged writes are lost'],
  ['failed', [{ errors: [{ error: 'no answer', count: 2 }] }], '2 requests failed'],
  ['wrong', [{ wrong: 1 }], '1 answers were wrong'],
  ['missing', [{ writes: [] }], 'no write was answered'],
] as const)('finds fault with what is %s, in whichever mode', (_, [changed, lost], fault) => {
  expect(faultsOf([report('hybrid', changed, lost)])).toEqual([expect.stringContaining(`hybrid: ${fault}`)]);
});

it('has a line for each mode in every table, or for each outcome of it', () => {
  const modes = [report('adaptive'), report('event-only')];
  const tables = tablesOf(modes);
  expect(tables.map(({ rows }) => rows.map(([mode]) => mode))).toEqual([
    ['adaptive', 'event-only'],
    ['adaptive', 'event-only'],
    ['adaptive', 'adaptive', 'event-only', 'event-only'],
  ]);
  for (const { head, rows } of tables) for (const row of rows) expect(row).toHaveLength(head.length);
});
