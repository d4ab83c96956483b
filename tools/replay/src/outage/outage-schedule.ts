import type { Clock, FastPathOutage, Phase } from '@hybrid-sync/trials';

/** When an outage begins and ends, in milliseconds from the start of the load. */
export interface OutageWindow {
  readonly from: number;
  readonly to: number;
}

/** The middle part of a run: as much before the outage as after it. */
export function middleOf(runMs: number, outageMs: number): OutageWindow {
  return { from: (runMs - outageMs) / 2, to: (runMs + outageMs) / 2 };
}

/** What {@link runOutage} needs. */
export interface OutageRun {
  readonly outage: Pick<FastPathOutage, 'begin' | 'end'>;
  readonly window: OutageWindow;
  /** The clock that the load runs on, and its time at the load's start. */
  readonly clock: Clock;
  readonly startedAt: number;
  /** Ends the outage early, or lets it not begin. */
  readonly signal: AbortSignal;
  /** Told of each phase that begins, once the queue is really paused or resumed. */
  readonly onPhase: (phase: Phase) => void;
}

/**
 * Pauses the fast queue for the window's time and resumes it, also when the signal aborts or pausing fails
 * half-way.
 * @throws when the queue could not be paused, or not be resumed
 */
export async function runOutage({
  outage,
  window,
  clock,
  startedAt,
  signal,
  onPhase,
}: OutageRun): Promise<void> {
  await clock.sleepUntil(startedAt + window.from, signal);
  if (signal.aborted) return;
  try {
    await outage.begin(Date.now() + (window.to - window.from));
    onPhase('during');
    await clock.sleepUntil(startedAt + window.to, signal);
  } finally {
    await outage.end();
  }
  onPhase('after');
}
