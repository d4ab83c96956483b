import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheRestorer } from '../cache/cache-restorer.js';
import { Arrival, type Ways } from './arrival.js';
import type { Budget } from './budget.js';

/** Wait between two looks at what is on its way, in milliseconds. */
const BETWEEN_LOOKS_MS = 100;

/**
 * Watches all slots, and waits until everything that was on its way by then has arrived in the shadows: what they say
 * from now on may be restored by the returned moment. Undefined when it does not arrive within the budget's patience.
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
