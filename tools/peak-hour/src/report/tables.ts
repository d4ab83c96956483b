import type { Cells } from '@hybrid-sync/bench';
import { SYNC_METHODS } from '@hybrid-sync/replay';
import { type ModeReport, PHASES, type PhaseName } from './mode-report.js';

/** One line for each mode: what became of the whole load. */
export function modeCells(modes: readonly ModeReport[]): Cells {
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
      ms(writes.p50),
      ms(writes.p99),
      ms(writes.max),
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
export function phaseCells(modes: readonly ModeReport[]): Cells {
  const names = Object.keys(PHASES) as PhaseName[];
  return {
    title: 'Writes by part of the load: p50 / p99 ms',
    head: ['mode', ...names],
    rows: modes.map(({ mode, phases }) => [
      mode,
      ...names.map((name) => `${ms(phases[name].p50)} / ${ms(phases[name].p99)}`),
    ]),
  };
}

/** Share of writes by method. */
export function shareCells(modes: readonly ModeReport[]): Cells {
  return {
    title: 'Writes by method',
    head: ['mode', ...SYNC_METHODS],
    rows: modes.map(({ mode, methods, writes }) => [
      mode,
      ...SYNC_METHODS.map(
        (method) => `${((100 * methods[method]) / Math.max(writes.count, 1)).toFixed(1)} %`,
      ),
    ]),
  };
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function ms(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}
