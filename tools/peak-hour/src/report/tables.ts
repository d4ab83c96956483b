import { type Cells, count, fine, percent } from '@hybrid-sync/trials';
import { type ModeReport, PHASE_NAMES } from './mode-report.js';

/** All tables of a report. */
export function tablesOf(modes: readonly ModeReport[]): Cells[] {
  return [modeCells(modes), phaseCells(modes), outcomeCells(modes)];
}

/** One line for each mode: what became of the whole load. */
function modeCells(modes: readonly ModeReport[]): Cells {
  return {
    title: 'Modes; ms from when a write should have been sent',
    head: [
      'mode',
      'writes',
      'p50 ms',
      'p99 ms',
      'max ms',
      'most events waiting',
      'most journaled',
      'agree after s',
      'lost',
      'differ',
      'failed',
    ],
    rows: modes.map(({ mode, writes, mostEvents, mostJournaled, settleMs, rest, failed }) => [
      mode,
      count(writes.count),
      fine(writes.p50),
      fine(writes.p99),
      fine(writes.max),
      count(mostEvents),
      count(mostJournaled),
      (settleMs / 1000).toFixed(1),
      count(rest.lostWrites.lost),
      count(rest.comparison.differing),
      count(failed),
    ]),
  };
}

/** p50 and p99 in each part of the load. */
function phaseCells(modes: readonly ModeReport[]): Cells {
  return {
    title: 'Writes by part of the load: p50 / p99 ms',
    head: ['mode', ...PHASE_NAMES],
    rows: modes.map(({ mode, phases }) => [
      mode,
      ...PHASE_NAMES.map((name) => `${fine(phases[name].p50)} / ${fine(phases[name].p99)}`),
    ]),
  };
}

/** How many writes went which way, why, and how long they took. */
function outcomeCells(modes: readonly ModeReport[]): Cells {
  return {
    title: 'Writes by what became of them',
    head: ['mode', 'method', 'reason', 'writes', 'share', 'p50 ms', 'p99 ms', 'max ms'],
    rows: modes.flatMap(({ mode, outcomes, writes: all }) =>
      outcomes.map(({ method, fallbackReason, writes }) => [
        mode,
        method,
        fallbackReason ?? '',
        count(writes.count),
        percent(writes.count / all.count),
        fine(writes.p50),
        fine(writes.p99),
        fine(writes.max),
      ]),
    ),
  };
}
