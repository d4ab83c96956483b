import {
  arrivalTimes,
  driveTraffic,
  type FastPathOutage,
  type LoadOutcome,
  randomStream,
  type TrafficDrive,
} from '@hybrid-sync/trials';

/** What {@link drive} needs. */
export interface Drive extends Omit<TrafficDrive, 'times' | 'name' | 'beside'> {
  readonly seed: string;
  /** The fast path's outage, if there is to be one, and its length in milliseconds. */
  readonly outage?: { readonly fastPath: Pick<FastPathOutage, 'begin' | 'end'>; readonly lengthMs: number };
}

/**
 * Drives the load, with the outage in its middle and the progress on display. When it returns or throws, no
 * request is under way and the fast queue is resumed.
 */
export function drive(run: Drive): Promise<LoadOutcome> {
  const { count, seed, durationMs } = run;
  return driveTraffic({
    ...run,
    name: 'load',
    times: arrivalTimes(count, durationMs, randomStream(seed, 'arrivals')),
    beside: (startedAt, signal) => makeOutage(run, startedAt, signal),
  });
}

/** As long before the outage as after it. It is ended also when the signal aborts or pausing fails half-way. */
async function makeOutage(run: Drive, startedAt: number, signal: AbortSignal): Promise<void> {
  const { outage, durationMs, traffic, progress, clock } = run;
  if (outage === undefined) return;
  const { fastPath, lengthMs } = outage;
  const from = startedAt + (durationMs - lengthMs) / 2;
  await clock.sleepUntil(from, signal);
  if (signal.aborted) return;
  try {
    await fastPath.begin(Date.now() + lengthMs);
    traffic.phase = 'during';
    progress.say('fast path: away from now on');
    await clock.sleepUntil(from + lengthMs, signal);
  } finally {
    await fastPath.end();
  }
  traffic.phase = 'after';
  progress.say('fast path: back');
}
