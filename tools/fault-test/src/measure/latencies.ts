import { build } from 'hdr-histogram-js';

/** Latencies in milliseconds, exact to three digits; zeros where there are none. */
export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const MICROS_PER_MS = 1000;

/** Sums up latencies that are given in milliseconds. */
export function latenciesOf(milliseconds: Iterable<number>): Latencies {
  const histogram = build({ numberOfSignificantValueDigits: 3 });
  for (const ms of milliseconds) histogram.recordValue(Math.max(Math.round(ms * MICROS_PER_MS), 0));
  const count = histogram.totalCount;
  if (count === 0) return { count, p50: 0, p99: 0, max: 0 };
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / MICROS_PER_MS;
  return { count, p50: at(50), p99: at(99), max: histogram.maxValue / MICROS_PER_MS };
}
