import {
  FastPathOutage,
  fastQueueOf,
  OwnedParts,
  openSyncStores,
  systemClock,
  waitUntilSettled,
} from '@hybrid-sync/trials';
import type { StoreUrls } from '../system/bench-system.js';
import { settingsOf } from '../system/store-settings.js';

/** Longest wait for the queues to empty, in milliseconds. */
const SETTLE_MS = 60_000;
/** Keys looked up at once. */
const PAGE = 500;

/** What to look at. */
export interface ShadowCheck extends StoreUrls {
  /** The keys that were written; of some the cache may hold nothing. */
  readonly keys: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Waits until all queues are empty, then compares every pair in the cache with its shadow.
 * @returns how many were compared
 * @throws Error when the queues don't empty, a shadow differs, or there is no pair at all
 */
export async function checkShadows({ keys, signal, ...urls }: ShadowCheck): Promise<number> {
  const settings = settingsOf(urls);
  await using owned = new OwnedParts();
  const stores = owned.own(await openSyncStores(settings));
  const fastPath = owned.own(await FastPathOutage.open(fastQueueOf(settings), 'bench'));
  const { settled, left } = await waitUntilSettled({
    look: async () => ({ fastJobs: await fastPath.jobs(), ...(await stores.backlog()) }),
    timeoutMs: SETTLE_MS,
    clock: systemClock,
    signal,
    onLook: () => undefined,
  });
  signal.throwIfAborted();
  if (!settled) throw new Error(`the queues did not empty in ${SETTLE_MS / 1000} s: ${JSON.stringify(left)}`);
  let compared = 0;
  for (let from = 0; from < keys.length; from += PAGE) {
    const page = keys.slice(from, from + PAGE);
    const [pairs, shadows] = await Promise.all([stores.pairs(page), stores.shadows(page)]);
    for (const [index, pair] of pairs.entries()) {
      if (pair === undefined) continue;
      const shadow = shadows[index];
      if (shadow?.version !== pair.version || shadow.value !== pair.value) {
        throw new Error(
          `${page[index]}: the cache has version ${pair.version}, the shadow ${shadow?.version}`,
        );
      }
      compared++;
    }
  }
  if (compared === 0) throw new Error('the cache is empty after the load');
  return compared;
}
