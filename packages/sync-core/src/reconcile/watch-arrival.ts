import { setTimeout as sleep } from 'node:timers/promises';
import { type CacheRestorer, RESTORE_WITHIN_MS } from '../cache/cache-restorer.js';
import { Arrival, type Ways } from './arrival.js';
import type { Budget } from './budget.js';

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
 * from now on may be acted upon by the returned moment. Undefined when it does not arrive within the budget's patience.
 * @throws StoreAwayError
 */
export async function watchUntilArrived(
  stores: Ways & { readonly restorer: Pick<CacheRestorer, 'watch'> },
  budget: Budget,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const { since, highestVersion } = await budget.insist(() => stores.restorer.watch());
  const giveUpAt = performance.now() + budget.patienceMs;
  for (;;) {
    const arrival = await budget.insist(() => Arrival.look(stores));
    if (arrival.hasAllUpTo(highestVersion)) return since;
    if (performance.now() >= giveUpAt || signal?.aborted) return undefined;
    await sleep(BETWEEN_LOOKS_MS, undefined, { signal }).catch(() => undefined);
  }
}
