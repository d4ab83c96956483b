import { TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';
import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';

/** How long one step of a stop may take, in milliseconds: a service that is away must not keep a process from ending. */
const STEP_DEADLINE_MS = 6000;

/**
 * Waits for one step of a stop, but not for ever, and goes on whatever becomes of it: what it left undone is found again
 * by the journal's recovery.
 */
export async function stopStep(what: string, step: Promise<unknown>, log: Logger): Promise<void> {
  try {
    await timeout(STEP_DEADLINE_MS, TimeoutStrategy.Aggressive).execute(() => step);
  } catch (error) {
    const reason =
      error instanceof TaskCancelledError ? `not done after ${STEP_DEADLINE_MS} ms` : reasonOf(error);
    log.warn({ reason }, `stopping without waiting any longer for: ${what}`);
  }
}
