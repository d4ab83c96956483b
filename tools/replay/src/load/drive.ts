import {
  arrivalTimes,
  type Clock,
  type FastPathOutage,
  type LoadOutcome,
  type Progress,
  type Request,
  randomStream,
  runOpenLoop,
  SYNC_METHODS,
  type Traffic,
  timed,
} from '@hybrid-sync/trials';
import { middleOf, runOutage } from '../outage/outage-schedule.js';

/** How often the progress display is told the state, in milliseconds. */
const TELL_EVERY_MS = 500;

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
  const { traffic, progress, clock, outage } = run;
  const failed = new AbortController();
  const signal = AbortSignal.any([run.signal, failed.signal]);
  const startedAt = clock.now();
  const load = runOpenLoop({
    arrivals: timed(
      run.requests,
      arrivalTimes(run.count, run.durationMs, randomStream(run.seed, 'arrivals')),
    ),
    clock,
    maxInFlight: run.maxInFlight,
    signal,
    send: (request, intendedAt) => traffic.send(request, intendedAt),
  });
  const interruption =
    outage === undefined
      ? Promise.resolve()
      : runOutage({
          outage: outage.fastPath,
          window: middleOf(run.durationMs, outage.lengthMs),
          clock,
          startedAt,
          signal,
          onPhase: (phase) => {
            traffic.phase = phase;
            progress.say(phase === 'during' ? 'fast path: away from now on' : 'fast path: back');
          },
        });
  progress.begin('load', run.count);
  const tell = () => tellState(run, clock.now() - startedAt);
  const ticker = setInterval(tell, TELL_EVERY_MS);
  try {
    return (await Promise.all([endOn(load, failed), endOn(interruption, failed)]))[0];
  } finally {
    // One of the two may have failed; the other has ended early by then, or is about to.
    await Promise.allSettled([load, interruption]);
    clearInterval(ticker);
    tell();
    progress.end();
  }
}

/** The promise itself; should it fail, the controller aborts. */
async function endOn<T>(promise: Promise<T>, controller: AbortController): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    controller.abort();
    throw error;
  }
}

function tellState({ traffic, progress, durationMs }: Drive, elapsedMs: number): void {
  const { tally } = traffic;
  const done = tally.answered + tally.failed;
  const writes = SYNC_METHODS.reduce((sum, method) => sum + tally.methods[method], 0);
  const shares = SYNC_METHODS.map(
    (method) => `${method} ${((100 * tally.methods[method]) / Math.max(writes, 1)).toFixed(1)}%`,
  );
  const seconds = elapsedMs / 1000;
  progress.update(
    done,
    `${seconds.toFixed(0)}/${(durationMs / 1000).toFixed(0)} s, ${done} done, ${(done / Math.max(seconds, 0.001)).toFixed(0)}/s, ` +
      `${tally.failed} failed, ${shares.join(' ')}`,
  );
}
