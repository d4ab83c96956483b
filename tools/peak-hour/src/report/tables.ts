import { type Cells, count, fine, percent, tableOf } from '@hybrid-sync/trials';
import { PART_NAMES } from '../load/peak-curve.js';
import type { ModeReport } from './mode-report.js';

/** All tables of a report. */
export function tablesOf(modes: readonly ModeReport[]): Cells[] {
  return [modeCells(modes), phaseCells(modes), outcomeCells(modes)];
}

/** One line for each mode: what became of the whole load. */
function modeCells(modes: readonly ModeReport[]): Cells {
  return tableOf(
    'Modes; ms from when a write should have been sent',
    modes.map(({ mode, writes, mostEvents, mostJournaled, settleMs, rest, failed }) => ({
      mode,
      writes: count(writes.count),
      'p50 ms': fine(writes.p50),
      'p99 ms': fine(writes.p99),
      'max ms': fine(writes.max),
      'most events waiting': count(mostEvents),
      'most journaled': count(mostJournaled),
      'agree after s': (settleMs / 1000).toFixed(1),
      lost: count(rest.lostWrites.lost),
      differ: count(rest.comparison.differing),
      failed: count(failed),
    })),
  );
}

/** p50 and p99 in each part of the load. */
function phaseCells(modes: readonly ModeReport[]): Cells {
  return {
    title: 'Writes by part of the load: p50 / p99 ms',
    head: ['mode', ...PART_NAMES],
    rows: modes.map(({ mode, phases }) => [
      mode,
      ...PART_NAMES.map((name) => `${fine(phases[name].p50)} / ${fine(phases[name].p99)}`),
    ]),
  };
}

/** How many writes went which way, why, and how long they took. */
function outcomeCells(modes: readonly ModeReport[]): Cells {
  return tableOf(
    'Writes by what became of them',
    modes.flatMap(({ mode, outcomes, writes: all }) =>
      outcomes.map(({ method, fallbackReason, writes }) => ({
        mode,
        method,
        reason: fallbackReason ?? '',
        writes: count(writes.count),
        share: percent(writes.count / all.count),
        'p50 ms': fine(writes.p50),
        'p99 ms': fine(writes.p99),
        'max ms': fine(writes.max),
      })),
    ),
  );
}
