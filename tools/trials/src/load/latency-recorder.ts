import { build } from 'hdr-histogram-js';

/** Latencies in milliseconds, exact to three digits; zeros where there are none. */
export interface LatencySummary {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

const MICROS_PER_MS = 1000;

/** Takes latencies in, in memory that does not grow with their number. */
export class LatencyRecorder {
  readonly #histogram = build({ numberOfSignificantValueDigits: 3 });

  /** How many were taken in. */
  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Takes one in, in milliseconds. */
  record(ms: number): void {
    this.#histogram.recordValue(Math.max(Math.round(ms * MICROS_PER_MS), 0));
  }

  /** What was taken in so far. */
  summary(): LatencySummary {
    const { count } = this;
    if (count === 0) return { count, p50: 0, p95: 0, p99: 0, max: 0 };
    const at = (percentile: number) => this.#histogram.getValueAtPercentile(percentile) / MICROS_PER_MS;
    return { count, p50: at(50), p95: at(95), p99: at(99), max: this.#histogram.maxValue / MICROS_PER_MS };
  }
}

/** Sums up latencies that are given in milliseconds. */
export function latenciesOf(milliseconds: Iterable<number>): LatencySummary {
  const recorder = new LatencyRecorder();
  for (const ms of milliseconds) recorder.record(ms);
  return recorder.summary();
}
