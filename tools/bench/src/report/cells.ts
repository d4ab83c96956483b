import { rowOf } from '../rows/catalogue.js';
import type { OtherFigures } from './other-figures.js';
import type { Ratios } from './ratios.js';
import type { RowResult } from './row-result.js';
import { boundOf, reaches, TARGETS } from './targets.js';

/** A table before it is drawn, on a terminal or in a document. */
export interface Cells {
  readonly title: string;
  readonly head: string[];
  readonly rows: string[][];
}

/** One line for each row and number of clients. */
export function rowCells(results: readonly RowResult[]): Cells {
  return {
    title:
      'Rows; clients: mutations under way at any time; of this system only what was answered ASYNC_THREAD counts, but at its Redis port all that was answered; µs: processor time per mutation',
    head: [
      'row',
      'what',
      'clients',
      'mutations/s',
      'p50 ms',
      'p99 ms',
      'pod µs',
      'Redis µs',
      'store µs',
      'not ASYNC_THREAD',
    ],
    rows: results.map((result) => [
      result.name,
      rowOf(result.name).title + shapeOf(result),
      count(result.clients),
      count(result.mutationsPerSecond),
      ms(result.p50Ms),
      ms(result.p99Ms),
      ...[result.podUs, result.redisUs, result.storeUs].map(us),
      result.notFastShare === undefined ? '' : `${(100 * result.notFastShare).toFixed(2)} %`,
    ]),
  };
}

/** One line for each figure with a target, or beside one. */
export function ratioCells(ratios: Ratios): Cells {
  return {
    title: 'Targets',
    head: ['figure', 'what', 'value', 'target', ''],
    rows: TARGETS.map((target) => {
      const value = ratios[target.name];
      const bound = boundOf(target);
      const outcome = value === undefined ? 'not measured' : reaches(target, value) ? 'reached' : 'missed';
      return [
        target.name,
        target.meaning,
        value?.toFixed(2) ?? '',
        bound,
        bound === '' ? 'for comparison' : outcome,
      ];
    }),
  };
}

/** One line for each figure of projectors, fallbacks and memory. */
export function otherCells(others: OtherFigures): Cells {
  const { drain, hotKeyDrain, delayedDrain, fallbackVisible, memory } = others;
  const rows: string[][] = [];
  if (drain !== undefined) {
    rows.push([
      `one projector drains ${count(drain.events)} events of distinct keys`,
      perSecond(drain.eventsPerSecond),
    ]);
  }
  if (hotKeyDrain !== undefined) {
    const { events, keys, eventsPerSecond } = hotKeyDrain;
    rows.push([`one projector drains ${count(events)} events of ${keys} keys`, perSecond(eventsPerSecond)]);
  }
  if (delayedDrain !== undefined) {
    const { events, delayMs, settings, eventsPerSecondOfOne, eventsPerSecondOfFour, withDefaults } =
      delayedDrain;
    const set = Object.entries(settings)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ');
    const what = (projectors: string, how: string) =>
      `${count(events)} events, ${delayMs} ms added to every store call, ${how}: ${projectors}`;
    rows.push([what('one projector alone', set), perSecond(eventsPerSecondOfOne)]);
    rows.push([what('four projectors together', set), perSecond(eventsPerSecondOfFour)]);
    if (withDefaults !== undefined) {
      rows.push([
        what('one projector alone', 'default settings'),
        perSecond(withDefaults.eventsPerSecondOfOne),
      ]);
      rows.push([
        what('four projectors together', 'default settings'),
        perSecond(withDefaults.eventsPerSecondOfFour),
      ]);
    }
  }
  if (fallbackVisible !== undefined) {
    const { writes, p50, p99 } = fallbackVisible;
    rows.push([
      `from an EVENT_BASED answer to the shadow, ${count(writes)} writes one after the other`,
      `p50 ${ms(p50)} ms, p99 ${ms(p99)} ms`,
    ]);
  }
  if (memory !== undefined) {
    const { mutations, rssBeforeMb, rssGrowthMb } = memory;
    rows.push([
      `resident memory of a pod, ${rssBeforeMb.toFixed(0)} MB after warm-up, after ${count(mutations)} more mutations`,
      `${rssGrowthMb.toFixed(1)} MB more`,
    ]);
  }
  return { title: 'Projectors, fallbacks, memory', head: ['what', 'measured'], rows };
}

function shapeOf({ batch, inFlight }: RowResult): string {
  return batch === undefined ? '' : `, ${inFlight} at a time of ${batch}`;
}

function perSecond(value: number): string {
  return `${count(value)} events/s`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function ms(value: number): string {
  return value.toFixed(value < 100 ? 2 : 0);
}

function us(value: number | undefined): string {
  if (value === undefined) return '';
  return value < 100 ? value.toFixed(1) : count(value);
}
