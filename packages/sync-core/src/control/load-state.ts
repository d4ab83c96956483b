import type { Settings } from '../config/settings.js';
/** One look at the deployment's load. */
export interface LoadSample {
  /** When it was taken, in milliseconds since 1970. */
  readonly at: number;
  /** Pods that live. */
  readonly pods: number;
  /** Batches that their workers have in hand. */
  readonly activeThreads: number;
  /** Batches that their workers can have in hand. */
  readonly maxThreads: number;
  /** Batches that wait for a worker. */
  readonly waitingJobs: number;
  /** Id of the batch that has waited longest; undefined when none waits. */
  readonly oldestWaitingJob: string | undefined;
  /** Outbox events that wait at least since the sample before, counted no further than a little above the threshold. */
  readonly unprocessedEvents: number;
}

/** From where on load is high; as in the guide. */
export type LoadThresholds = Pick<Settings, 'loadSaturation' | 'loadMaxUnprocessed' | 'loadNormalSamples'>;

/** One reason for high load, with what was seen: it is exceeded where the value reaches the threshold, and only there. */
export interface LoadIndicator {
  /**
   * `threadPoolSaturated`: batches that workers have in hand. `queueWaiting`: batches that wait, once the oldest of them
   * waited at the sample before as well; 0 before. `eventBacklog`: events that wait.
   */
  readonly name: 'threadPoolSaturated' | 'queueWaiting' | 'eventBacklog';
  readonly value: number;
  /** Load is high when the value reaches this. */
  readonly threshold: number;
  readonly exceeded: boolean;
}

/** What is known of load. `unknown`: nothing, or nothing any more; then the circuit breakers alone decide. */
export type LoadLevel = 'normal' | 'high' | 'unknown';

/** Tells what is known of load, from memory. */
export interface LoadView {
  /** What is known at `now`, in milliseconds since 1970; default the present. */
  level(now?: number): LoadLevel;
}

/** Where load stands after a number of samples. */
export interface LoadState {
  readonly high: boolean;
  /** Normal samples seen in a row. */
  readonly normalInARow: number;
  readonly sample: LoadSample | undefined;
  readonly indicators: readonly LoadIndicator[];
}

/** Before the first sample nothing speaks for high load. */
export const NO_LOAD_SEEN: LoadState = { high: false, normalInARow: 0, sample: undefined, indicators: [] };

/**
 * Load after one more sample. It turns high with one indicator at its threshold. Waiting jobs count only when the
 * oldest of them waited at the sample before as well: any job waits for a moment, until a free worker has taken it, and
 * a busy queue nearly always holds one of those. It turns normal after several normal samples in a row, so that it does not flap.
 */
export function nextLoad(state: LoadState, sample: LoadSample, thresholds: LoadThresholds): LoadState {
  const oldest = sample.oldestWaitingJob;
  const stillWaiting = oldest !== undefined && oldest === state.sample?.oldestWaitingJob;
  const indicator = (name: LoadIndicator['name'], value: number, threshold: number) => ({
    name,
    value,
    threshold,
    exceeded: value >= threshold,
  });
  const indicators = [
    indicator('threadPoolSaturated', sample.activeThreads, saturatedFrom(sample, thresholds)),
    indicator('queueWaiting', stillWaiting ? sample.waitingJobs : 0, 1),
    indicator('eventBacklog', sample.unprocessedEvents, thresholds.loadMaxUnprocessed + 1),
  ];
  const exceeded = indicators.some((each) => each.exceeded);
  const normalInARow = exceeded ? 0 : state.normalInARow + 1;
  const high = exceeded || (state.high && normalInARow < thresholds.loadNormalSamples);
  return { high, normalInARow, sample, indicators };
}

/**
 * The whole number of busy workers that is the share, one at least: while no pod is known of, none of them is busy. A
 * product that lies a rounding above one is that number.
 */
function saturatedFrom({ maxThreads }: LoadSample, { loadSaturation }: LoadThresholds): number {
  return Math.max(1, Math.ceil(Number((maxThreads * loadSaturation).toPrecision(12))));
}
