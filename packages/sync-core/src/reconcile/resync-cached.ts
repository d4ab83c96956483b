import type { Cache } from '../cache/cache.js';
import type { Journal } from '../cache/journal.js';
import { slotOf } from '../cache/keys.js';
import type { ResyncOptions } from '../cache/write-inputs.js';
import { type HeldByShadow, NotCachedError, PreconditionFailedError } from '../errors.js';
import type { HybridSync } from '../hybrid-sync.js';
import { isPresent, isShadow } from '../store/shadow-document.js';
import type { ShadowStore } from '../store/shadow-store.js';
import type { SyncAnswer, WriteTerms } from '../sync-answer.js';

/** What {@link resyncCached} works with. */
export interface ResyncStores {
  readonly shadows: Pick<ShadowStore, 'find'>;
  readonly cache: Pick<Cache, 'slots'>;
  /** For the time on Redis' clock, by which pairs expire. */
  readonly journal: Pick<Journal, 'now'>;
}

/** What for the shadow is asked, in the words of an error. */
const LOOKING = 'looking at the shadow of a key that the cache does not hold; nothing was synced or changed';

/**
 * Syncs the pair that the cache holds of a key. Where it holds none nothing is written: an absence is no delete, and
 * the shadow may be the last copy. The caller is then told what the shadow store holds.
 * @throws NotCachedError; StoreUnavailableError when the shadow can't be looked at; what {@link HybridSync.resync} throws
 */
export async function resyncCached(
  stores: ResyncStores,
  sync: Pick<HybridSync, 'resync'>,
  key: string,
  options: ResyncOptions = {},
  terms?: WriteTerms,
): Promise<SyncAnswer> {
  try {
    return await sync.resync(key, options, terms);
  } catch (error) {
    if (!(error instanceof PreconditionFailedError) || error.version !== undefined) throw error;
    throw new NotCachedError(await heldByShadow(stores, key));
  }
}

async function heldByShadow({ shadows, journal, cache }: ResyncStores, key: string): Promise<HeldByShadow> {
  const shadow = await shadows.find(key, LOOKING);
  // What is no shadow of ours says nothing of the key.
  if (shadow === null || !isShadow(shadow)) return { state: 'none' };
  const state = isPresent(shadow, await journal.now(slotOf(key, cache.slots)))
    ? 'live'
    : shadow.deleted
      ? 'deleted'
      : 'expired';
  return { state, version: Number(shadow.version) };
}
