import { type Cells, count, fine, percent, tableOf } from '@hybrid-sync/trials';
import type { BenchReport } from '../bench.js';
import { rowOf } from '../rows/catalogue.js';
import { boundOf, FIGURES, type Figure, type FigureName, type Ratios, reaches } from './figures.js';
import type { OtherFigures } from './other-figures.js';
import type { RowResult } from './row-result.js';

/** The tables of a report, for people. */
export function benchTables({
  rows,
  ratios,
  others,
}: Pick<BenchReport, 'rows' | 'ratios' | 'others'>): Cells[] {
  return [rowCells(rows), ratioCells(ratios), otherCells(others)];
}

/** One line for each row and number of clients. */
export function rowCells(results: readonly RowResult[]): Cells {
  return tableOf(
    'Rows; clients: mutations under way at any time; of this system only what was answered ASYNC_THREAD counts, but at its Redis port all that was answered; µs: processor time per mutation',
    results.map((result) => ({
      row: result.name,
      what: rowOf(result.name).title + shapeOf(result),
      clients: count(result.clients),
      'mutations/s': count(result.mutationsPerSecond),
      'p50 ms': ms(result.p50Ms),
      'p99 ms': ms(result.p99Ms),
      'pod µs': us(result.podUs),
      'Redis µs': us(result.redisUs),
      'store µs': us(result.storeUs),
      'not ASYNC_THREAD': result.notFastShare === undefined ? '' : percent(result.notFastShare, 2),
    })),
  );
}

/** One line for each figure with a target, or beside one. */
export function ratioCells(ratios: Ratios): Cells {
  return {
    title: 'Targets',
    head: ['figure', 'what', 'value', 'target', ''],
    rows: (Object.entries(FIGURES) as [FigureName, Figure][]).flatMap(([name, figure]) => {
      if (figure.meaning === undefined) return [];
      const value = ratios[name];
      const bound = boundOf(figure);
      const outcome = value === undefined ? 'not measured' : reaches(figure, value) ? 'reached' : 'missed';
      return [
        [name, figure.meaning, value?.toFixed(2) ?? '', bound, bound === '' ? 'for comparison' : outcome],
      ];
    }),
  };
}

/** One line for each figure of projectors, fallbacks and memory. */
export function otherCells(others: OtherFigures): Cells {
  const { drain, hotKeyDrain, delayedDrain, fallbackVisible, memory } = others;
  const delayed = (how: string, rates: { eventsPerSecondOfOne: number; eventsPerSecondOfFour: number }) => {
    const what = `${count(delayedDrain?.events ?? 0)} events, ${delayedDrain?.delayMs} ms added to every store call, ${how}`;
    return [
      [`${what}: one projector alone`, perSecond(rates.eventsPerSecondOfOne)],
      [`${what}: four projectors together`, perSecond(rates.eventsPerSecondOfFour)],
    ];
  };
  const settings = Object.entries(delayedDrain?.settings ?? {}).map(([name, value]) => `${name}=${value}`);
  const rows = [
    drain && [
      [
        `one projector drains ${count(drain.events)} events of distinct keys`,
        perSecond(drain.eventsPerSecond),
      ],
    ],
    hotKeyDrain && [
      [
        `one projector drains ${count(hotKeyDrain.events)} events of ${hotKeyDrain.keys} keys`,
        perSecond(hotKeyDrain.eventsPerSecond),
      ],
    ],
    delayedDrain && delayed(settings.join(' '), delayedDrain),
    delayedDrain?.withDefaults && delayed('default settings', delayedDrain.withDefaults),
    fallbackVisible && [
      [
        `from an EVENT_BASED answer to the shadow, ${count(fallbackVisible.writes)} writes one after the other`,
        `p50 ${ms(fallbackVisible.p50)} ms, p99 ${ms(fallbackVisible.p99)} ms`,
      ],
    ],
    memory && [
      [
        `resident memory of a pod, ${memory.rssBeforeMb.toFixed(0)} MB after warm-up, after ${count(memory.mutations)} more mutations`,
        `${memory.rssGrowthMb.toFixed(1)} MB more`,
      ],
    ],
  ].flatMap((lines) => lines ?? []);
  return { title: 'Projectors, fallbacks, memory', head: ['what', 'measured'], rows };
}

function shapeOf({ batch, inFlight }: RowResult): string {
  return batch === undefined ? '' : `, ${inFlight} at a time of ${batch}`;
}

function perSecond(value: number): string {
  return `${count(value)} events/s`;
}

function ms(value: number): string {
  return fine(value, 2);
}

function us(value: number | undefined): string {
  return value === undefined ? '' : fine(value);
}
