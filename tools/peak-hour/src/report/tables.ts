import type { Cells } from '@hybrid-sync/bench';
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

/** How many writes went which way, why, and how long they took. */
export function outcomeCells(modes: readonly ModeReport[]): Cells {
  return {
    title: 'Writes by what became of them',
    head: ['mode', 'method', 'reason', 'writes', 'share', 'p50 ms', 'p99 ms', 'max ms'],
    rows: modes.flatMap(({ mode, outcomes, writes: all }) =>
      outcomes.map(({ method, fallbackReason, writes }) => [
        mode,
        method,
        fallbackReason ?? '',
        count(writes.count),
        `${((100 * writes.count) / all.count).toFixed(1)} %`,
        ms(writes.p50),
        ms(writes.p99),
        ms(writes.max),
      ]),
    ),
  };
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function ms(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}
