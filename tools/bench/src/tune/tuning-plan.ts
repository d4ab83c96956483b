/** What is added to every store call, in milliseconds: a store on the same machine, in another zone, far away. */
export const DELAYS_MS = [1, 20, 100] as const;
/** `max-async-threads`. */
export const THREADS = [1, 2, 5, 10, 20, 50] as const;
/** `async-timeout-ms`: the guide's three. */
export const TIMEOUTS_MS = [1000, 2000, 5000] as const;
/** Defaults of this system, for loads in which something else is varied. */
export const DEFAULTS = { threads: 10, timeoutMs: 2000 } as const;
/** How long the fast path is away where that is measured, in milliseconds. */
export const OUTAGE_MS = 6000;

/** What is varied. */
type Experiment =
  /** Every thread may have a batch in hand, and the fast path is always tried first: what threads can do. */
  | 'threads'
  /** Adaptive, with the default number of batches in flight: what becomes of it where only the threads are changed. */
  | 'adaptive'
  /** Default settings but for the timeout; the fast path is away for a while: what clients wait then. */
  | 'outage';

/** One load with its settings. */
export interface TuningLoad {
  readonly experiment: Experiment;
  readonly delayMs: number;
  readonly threads: number;
  readonly timeoutMs: number;
}

/** What a load did. */
export interface TuningResult extends TuningLoad {
  /** Mutations answered per second, whatever the answer. */
  readonly mutationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Share of the answers that were not `ASYNC_THREAD`, from 0 to 1. */
  readonly notFastShare: number;
}

/** All loads with this delay. */
export function loadsWith(delayMs: number): TuningLoad[] {
  const { threads, timeoutMs } = DEFAULTS;
  return [
    ...THREADS.flatMap((each) =>
      TIMEOUTS_MS.map(
        (timeout) => ({ experiment: 'threads', delayMs, threads: each, timeoutMs: timeout }) as const,
      ),
    ),
    ...THREADS.map((each) => ({ experiment: 'adaptive', delayMs, threads: each, timeoutMs }) as const),
    ...TIMEOUTS_MS.map(
      (timeout) => ({ experiment: 'outage', delayMs, threads, timeoutMs: timeout }) as const,
    ),
  ];
}

/** The settings of a load, by their variables. */
export function settingsWith({ experiment, threads, timeoutMs }: TuningLoad): Record<string, string> {
  const varied = { MAX_ASYNC_THREADS: String(threads), ASYNC_TIMEOUT_MS: String(timeoutMs) };
  return experiment === 'threads'
    ? { ...varied, SYNC_MODE: 'hybrid', FAST_MAX_IN_FLIGHT_BATCHES: String(threads) }
    : varied;
}
