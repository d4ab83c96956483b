import {
  arrivalTimes,
  type Clock,
  driveTraffic,
  type FastPathOutage,
  type LoadOutcome,
  type Progress,
  type Request,
  randomStream,
  type Traffic,
  timed,
} from '@hybrid-sync/trials';
import { middleOf, runOutage } from '../outage/outage-schedule.js';

/** What {@link drive} needs. */
export interface Drive {
  readonly requests: Iterable<Request>;
  /** Number of requests. */
  readonly count: number;
  readonly seed: string;
  /** Length of the load, in milliseconds. */
  readonly durationMs: number;
  readonly maxInFlight: number;
  /** The fast path's outage, if there is to be one, and its length in milliseconds. */
  readonly outage:
    | { readonly fastPath: Pick<FastPathOutage, 'begin' | 'end'>; readonly lengthMs: number }
    | undefined;
  readonly traffic: Traffic;
  readonly progress: Progress;
  readonly clock: Clock;
  /** Ends the load early. */
  readonly signal: AbortSignal;
}

/**
 * Drives the load, with the outage in its middle and the progress on display. When it returns or throws, no
 * request is under way and the fast queue is resumed.
 */
export async function drive(run: Drive): Promise<LoadOutcome> {
  const { requests, count, seed, durationMs, outage, traffic, progress, clock } = run;
  return driveTraffic({
    ...run,
    name: 'load',
    arrivals: timed(requests, arrivalTimes(count, durationMs, randomStream(seed, 'arrivals'))),
    beside: async (startedAt, signal) => {
      if (outage === undefined) return;
      await runOutage({
        outage: outage.fastPath,
        window: middleOf(durationMs, outage.lengthMs),
        clock,
        startedAt,
        signal,
        onPhase: (phase) => {
          traffic.phase = phase;
          progress.say(phase === 'during' ? 'fast path: away from now on' : 'fast path: back');
        },
      });
    },
  });
}
