import { hostname } from 'node:os';

/**
 * What a run leaves in Redis while it keeps the fast queue paused, so that the next run can tell and undo it.
 * Its life:
 *
 *   written, then the queue is paused ─▶ the queue is resumed, then removed
 *                                    └─ the run was killed: left behind ─▶ the next run resumes the queue and removes it
 */
export interface OutageMarker {
  readonly runId: string;
  readonly host: string;
  readonly pid: number;
  /** When the queue is to be resumed, in milliseconds since 1970. */
  readonly until: number;
}

/** How long past its time a marker is taken for one of a run that is only late, in milliseconds. */
export const LATE_MS = 15_000;

/** A marker of this process. */
export function markerOf(runId: string, until: number): OutageMarker {
  return { runId, host: hostname(), pid: process.pid, until };
}

/** The marker of nobody who is there, long overdue. */
const NOBODYS = { runId: 'unknown', host: 'unknown', pid: 0, until: 0 };

/** Reads a marker; one that can't be read counts as long overdue, since someone must resume the queue. */
export function parseMarker(text: string): OutageMarker {
  try {
    const marker = { ...NOBODYS, ...JSON.parse(text) };
    const fits = Object.entries(NOBODYS).every(([name, value]) => typeof marker[name] === typeof value);
    return fits ? marker : NOBODYS;
  } catch {
    return NOBODYS;
  }
}

/**
 * Whether the run that left the marker is gone: its time is well over, or it ran on this machine and its
 * process is no more.
 *
 * @param now milliseconds since 1970
 * @param isAlive whether a process of this machine is there
 */
export function isAbandoned(
  marker: OutageMarker,
  now: number,
  host: string = hostname(),
  isAlive: (pid: number) => boolean = processIsAlive,
): boolean {
  if (now > marker.until + LATE_MS) return true;
  return marker.host === host && !isAlive(marker.pid);
}

function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not allowed to signal it: it is there, as another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
