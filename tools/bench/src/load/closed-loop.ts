import type { SyncMethod } from '@hybrid-sync/replay';
import { type Latencies, LatencyRecorder } from './latencies.js';

/** How a closed loop runs. */
export interface ClosedLoopOptions {
  /** Clients, each with one call under way at any time. */
  readonly clients: number;
  /** Length of what is measured, in seconds. */
  readonly seconds: number;
  /** What runs before it unmeasured, in seconds. */
  readonly leadInSeconds: number;
  /** The number of the first call. */
  readonly first: number;
  /** Makes the call of this number; says how far the write got, where the subject says so. */
  readonly call: (number: number) => Promise<SyncMethod | undefined>;
}

/** What a closed loop measured. */
export interface LoopResult {
  /** Calls that ended well within the measured time. */
  readonly calls: number;
  /** The measured time, in seconds. */
  readonly seconds: number;
  /** Latencies of these calls, in milliseconds. */
  readonly latencies: Latencies;
  /** Calls that ended well although not by the fast path; 0 where the subject knows no such difference. */
  readonly notFast: number;
  /** Calls that failed. */
  readonly failed: number;
  /** Why the first one failed. */
  readonly firstFailure?: string;
  /** The number that the next call would have. */
  readonly next: number;
}

/** Each client makes one call after the other until the time is up; the last calls are awaited, not counted. */
export async function closedLoop(options: ClosedLoopOptions): Promise<LoopResult> {
  const { clients, call } = options;
  const recorder = new LatencyRecorder();
  let next = options.first;
  let notFast = 0;
  let failed = 0;
  let firstFailure: string | undefined;
  const begin = performance.now() + options.leadInSeconds * 1000;
  const end = begin + options.seconds * 1000;
  const client = async () => {
    for (let startedAt = performance.now(); startedAt < end; ) {
      let method: SyncMethod | undefined;
      let error: unknown;
      try {
        method = await call(next++);
      } catch (thrown) {
        error = thrown ?? new Error('unknown');
      }
      const endedAt = performance.now();
      if (endedAt >= begin && endedAt < end) {
        if (error !== undefined) {
          failed++;
          firstFailure ??= error instanceof Error ? error.message : String(error);
        } else {
          recorder.record(endedAt - startedAt);
          if (method !== undefined && method !== 'ASYNC_THREAD') notFast++;
        }
      }
      startedAt = endedAt;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const latencies = recorder.summary();
  return {
    calls: latencies.count,
    seconds: options.seconds,
    latencies,
    notFast,
    failed,
    ...(firstFailure === undefined ? {} : { firstFailure }),
    next,
  };
}
