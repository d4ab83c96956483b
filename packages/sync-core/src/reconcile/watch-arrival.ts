import { type CacheRestorer, RESTORE_WITHIN_MS } from '../cache/cache-restorer.js';
import { Arrival, type Ways } from './arrival.js';
import { type Budget, StoreAwayError, TaskEndedError } from './budget.js';

/** Wait between two looks at what is on its way, in milliseconds. */
const BETWEEN_LOOKS_MS = 100;
/** A watch is renewed after half the time in which one may act by it, in milliseconds. */
export const RENEW_WATCH_MS = RESTORE_WITHIN_MS / 2;

/** What was on its way did not arrive in time: the task can't go on now. */
export class NotArrivedError extends Error {
  override readonly name = 'NotArrivedError';
  constructor() {
    super('mutations wait in the journal or the outbox; is a projector running?');
  }
}

/**
 * Watches all slots, and waits until everything that was on its way by then has arrived in the shadows: what they say
 * from now on may be acted upon by the returned moment.
 * @throws NotArrivedError when it does not arrive in the time that the budget leaves; StoreAwayError, TaskEndedError
 */
export async function watchUntilArrived(
  stores: Ways & { readonly restorer: Pick<CacheRestorer, 'watch'> },
  budget: Budget,
): Promise<number> {
  const { since, highestVersion } = await budget.insist(() => stores.restorer.watch());
  const giveUpAt = performance.now() + budget.waitMs;
  for (;;) {
    const arrival = await budget.insist(() => Arrival.look(stores));
    if (arrival.hasAllUpTo(highestVersion)) return since;
    if (budget.ended) throw new TaskEndedError();
    if (performance.now() >= giveUpAt) throw new NotArrivedError();
    await budget.pause(BETWEEN_LOOKS_MS);
  }
}

/** Why a call ended before its time, where that was not asked for. @throws an error that no task ends by */
export function endReason(error: unknown): string | undefined {
  if (error instanceof TaskEndedError) return undefined;
  if (error instanceof StoreAwayError || error instanceof NotArrivedError) return error.message;
  throw error;
}
