import { LatencyRecorder, type LatencySummary, type SyncMethod } from '@hybrid-sync/trials';

/** How a closed loop runs. */
export interface ClosedLoopOptions {
  /** Clients, each with one call under way at any time. */
  readonly clients: number;
  /** Length of what is measured, in seconds. */
  readonly seconds: number;
  /** What runs before it unmeasured, in seconds. */
  readonly leadInSeconds: number;
  /** Makes the call of this number, from 0; says how far the write got, where the subject says so. */
  readonly call: (number: number) => Promise<SyncMethod | undefined>;
}

/** What a closed loop measured. */
export interface LoopResult {
  /**
   * Calls that succeeded in the measured time. One that was under way at its begin or end counts by the share of its
   * time that lies within, so that few long calls are counted as finely as many short ones.
   */
  readonly calls: number;
  /** Of these, those that were answered, but not `ASYNC_THREAD`; 0 where the subject knows no such difference. */
  readonly notFast: number;
  /** The measured time, in seconds. */
  readonly seconds: number;
  /** Latencies of the calls that succeeded and ended in the measured time, in milliseconds. */
  readonly latencies: LatencySummary;
  /** Calls made in all, those of the lead-in too. */
  readonly made: number;
}

/**
 * Each client makes one call after the other until the time is up.
 * @throws the first failure of a call, at whatever time, once all clients have ended
 */
export async function closedLoop(options: ClosedLoopOptions): Promise<LoopResult> {
  const { clients, call, seconds } = options;
  const recorder = new LatencyRecorder();
  let made = 0;
  let calls = 0;
  let notFast = 0;
  const failures: unknown[] = [];
  const begin = performance.now() + options.leadInSeconds * 1000;
  const end = begin + seconds * 1000;
  const client = async () => {
    for (let startedAt = performance.now(); startedAt < end; ) {
      try {
        const method = await call(made++);
        const endedAt = performance.now();
        const within = shareWithin(startedAt, endedAt, begin, end);
        calls += within;
        if (method !== undefined && method !== 'ASYNC_THREAD') notFast += within;
        if (endedAt > begin && endedAt <= end) recorder.record(endedAt - startedAt);
        startedAt = endedAt;
      } catch (error) {
        failures.push(error);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  if (failures.length > 0) throw failures[0];
  return { calls, notFast, seconds, latencies: recorder.summary(), made };
}

/** The share of the time from `startedAt` to `endedAt` that lies between `begin` and `end`, from 0 to 1. */
function shareWithin(startedAt: number, endedAt: number, begin: number, end: number): number {
  const within = Math.min(endedAt, end) - Math.max(startedAt, begin);
  return within <= 0 ? 0 : within / (endedAt - startedAt);
}
