import type { HistorySample } from './history.js';

/** Seconds whose mean stands for now: enough to be steady, few enough to be now. */
const NOW_SEC = 3;

/** How a pod's writes went in the last seconds. */
export interface Lately {
  /** Writes per second, by what became of them. */
  readonly writesPerSec: Readonly<Record<'ASYNC_THREAD' | 'EVENT_BASED' | 'JOURNALED' | 'refused', number>>;
  /** The time that 99 % of them did not exceed, in milliseconds: that of the second where it was longest; null without any. */
  readonly p99Ms: number | null;
}

/** How writes went, by a history whose last samples count; nothing was written where there is none. */
export function latelyOf(samples: readonly HistorySample[]): Lately {
  const last = samples.slice(-NOW_SEC);
  const mean = (name: keyof Lately['writesPerSec']) =>
    rounded(last.reduce((sum, sample) => sum + sample[name], 0) / Math.max(last.length, 1));
  const times = last.flatMap(({ p99Ms }) => (p99Ms === null ? [] : [p99Ms]));
  return {
    writesPerSec: {
      ASYNC_THREAD: mean('ASYNC_THREAD'),
      EVENT_BASED: mean('EVENT_BASED'),
      JOURNALED: mean('JOURNALED'),
      refused: mean('refused'),
    },
    p99Ms: times.length === 0 ? null : rounded(Math.max(...times)),
  };
}

/** To tenths: what is said again and again should be short. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
