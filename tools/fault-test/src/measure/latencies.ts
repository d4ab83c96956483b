import { LatencyRecorder, type LatencySummary } from '@hybrid-sync/trials';

/** See {@link LatencySummary}. */
export type Latencies = LatencySummary;

/** Sums up latencies that are given in milliseconds. */
export function latenciesOf(milliseconds: Iterable<number>): Latencies {
  const recorder = new LatencyRecorder();
  for (const ms of milliseconds) recorder.record(ms);
  return recorder.summary();
}
