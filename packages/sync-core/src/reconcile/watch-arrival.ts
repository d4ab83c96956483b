import { type CacheRestorer, type Moments, RESTORE_WITHIN_MS } from '../cache/cache-restorer.js';
import type { Outbox } from '../store/outbox.js';
import { Arrival, type Ways } from './arrival.js';
import { type Budget, StoreAwayError, TaskEndedError } from './budget.js';

/** Wait between two looks at what is on its way, in milliseconds. */
const BETWEEN_LOOKS_MS = 100;
/** A watch is renewed after half the time in which one may act by it, in milliseconds. */
export const RENEW_WATCH_MS = RESTORE_WITHIN_MS / 2;

/** What {@link watchUntilArrived} needs. */
export interface WatchedStores extends Ways {
  readonly outbox: Pick<Outbox, 'oldestWaiting' | 'newestWaiting'>;
  readonly restorer: Pick<CacheRestorer, 'watch' | 'raiseClocks'>;
}

/** What was on its way did not arrive in time: the task can't go on now. */
export class NotArrivedError extends Error {
  override readonly name = 'NotArrivedError';
  constructor() {
    super('mutations wait in the journal or the outbox; is a projector running?');
  }
}

/**
 * Watches all slots, and waits until everything that was on its way by then has arrived in the shadows: what they say
 * from now on may be acted upon by the returned moments.
 * @throws NotArrivedError when it does not arrive in the time that the budget leaves; StoreAwayError, TaskEndedError
 */
export async function watchUntilArrived(stores: WatchedStores, budget: Budget): Promise<Moments> {
  // After Redis lost data, events may wait that are ahead of its clocks: they were given before all that comes now.
  const waiting = await budget.insist(() => stores.outbox.newestWaiting());
  await budget.insist(() => stores.restorer.raiseClocks(waiting));
  const { since, highestVersions } = await budget.insist(() => stores.restorer.watch());
  const giveUpAt = performance.now() + budget.waitMs;
  for (;;) {
    const arrival = await budget.insist(() => Arrival.look(stores));
    if (arrival.hasAllUpTo(highestVersions)) return since;
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
