import type { RunProgress } from '../report/progress.js';
import { together } from '../together.js';
import type { RunRequest } from '../workload/requests.js';
import { SYNC_METHODS } from './api-client.js';
import { type LoadOutcome, type OpenLoop, runOpenLoop } from './open-loop.js';
import type { Traffic } from './traffic.js';

/** How often the progress display is told the state, in milliseconds. */
const TELL_EVERY_MS = 500;

/** What {@link driveTraffic} needs. */
export interface TrafficDrive extends Omit<OpenLoop<RunRequest>, 'send'> {
  readonly traffic: Traffic;
  /** What the progress display calls it. */
  readonly name: string;
  /** Number of requests. */
  readonly count: number;
  /** Length of the load, in milliseconds. */
  readonly durationMs: number;
  readonly progress: RunProgress;
  /** What is done beside the load, given the time of its start on the clock; it has to end when the signal aborts. */
  readonly beside: (startedAt: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Drives a load with the progress on display, and does something beside it. When it returns or throws, no request is under
 * way, and what is done beside has ended.
 */
export async function driveTraffic(drive: TrafficDrive): Promise<LoadOutcome> {
  const { traffic, name, count, progress, clock, beside } = drive;
  const startedAt = clock.now();
  let outcome: LoadOutcome = { sent: 0, heldBack: 0, elapsedMs: 0 };
  const load = async (signal: AbortSignal) => {
    const send = (request: RunRequest, intendedAt: number) => traffic.send(request, intendedAt);
    outcome = await runOpenLoop({ ...drive, signal, send });
  };
  progress.begin(name, count);
  const tell = () => tellState(drive, clock.now() - startedAt);
  const ticker = setInterval(tell, TELL_EVERY_MS);
  try {
    await together(drive.signal, load, (signal) => beside(startedAt, signal));
    return outcome;
  } finally {
    clearInterval(ticker);
    tell();
    progress.end();
  }
}

function tellState({ traffic, progress, durationMs }: TrafficDrive, elapsedMs: number): void {
  const { answered, failed, methods } = traffic.tally;
  const done = answered + failed;
  const writes = SYNC_METHODS.reduce((sum, method) => sum + methods[method], 0);
  const shares = SYNC_METHODS.map(
    (method) => `${method} ${((100 * methods[method]) / Math.max(writes, 1)).toFixed(1)}%`,
  );
  const seconds = elapsedMs / 1000;
  progress.update(
    done,
    `${seconds.toFixed(0)}/${(durationMs / 1000).toFixed(0)} s, ${done} done, ${(done / Math.max(seconds, 0.001)).toFixed(0)}/s, ` +
      `${failed} failed, ${shares.join(' ')}`,
  );
}
