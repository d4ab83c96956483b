import { type CacheRestorer, type Moments, momentFor } from '../cache/cache-restorer.js';
import { slotOf } from '../cache/keys.js';
import { PreconditionFailedError } from '../errors.js';
import type { HybridSync } from '../hybrid-sync.js';
import { isPresent, isShadow, mutationOfShadow } from '../store/shadow-document.js';
import type { Budget } from './budget.js';
import type { Difference, DifferenceKind } from './difference.js';
import type { VerifyStores } from './verify.js';
import { NotArrivedError, type WatchedStores, watchUntilArrived } from './watch-arrival.js';

/** What mending reads and writes. */
export interface MendingStores extends VerifyStores {
  readonly outbox: WatchedStores['outbox'];
  readonly restorer: Pick<CacheRestorer, 'watch' | 'restore' | 'raiseClocks'>;
}

/** By which new mutations are made. */
export type MendingSync = Pick<HybridSync, 'resync' | 'delete'>;

/**
 * In which direction a kind of difference is mended. `to-shadow`: what the cache holds becomes a new mutation, journaled
 * and synced like any other. `to-cache`: what the shadow holds comes back into the cache, under the version it has.
 * `none`: someone has to look at it.
 */
export const DIRECTION_OF: Readonly<Record<DifferenceKind, 'to-shadow' | 'to-cache' | 'none'>> = {
  'foreign-document': 'none',
  'shadow-missing': 'to-shadow',
  'shadow-behind': 'to-shadow',
  'value-differs': 'to-shadow',
  'expiry-differs': 'to-shadow',
  'orphaned-tombstone': 'to-shadow',
  'shadow-ahead': 'to-cache',
  'cache-missing': 'to-cache',
};

/** What became of differences. */
export interface RepairCounts {
  /** Made a new mutation of what the cache holds. */
  readonly resynced: number;
  /** Brought back into the cache. */
  readonly restored: number;
  /** Removed from the cache: the shadow knew of a later delete or expiry. */
  readonly removed: number;
  /** Left alone, since the key changed meanwhile; the next verification looks at it anew. */
  readonly changedMeanwhile: number;
  /** Could not be mended. */
  readonly failed: number;
}

/** Keys made new mutations of at the same time. */
const CONCURRENCY = 64;
/** Keys whose shadows are read and brought back at once. */
const RESTORED_AT_ONCE = 500;

/** Mends differences that were confirmed. */
export class Mending {
  readonly #stores: MendingStores;
  readonly #sync: MendingSync;
  readonly #counts = { resynced: 0, restored: 0, removed: 0, changedMeanwhile: 0, failed: 0 };

  constructor(stores: MendingStores, sync: MendingSync) {
    this.#stores = stores;
    this.#sync = sync;
  }

  /** What became of all differences so far. */
  get counts(): RepairCounts {
    return { ...this.#counts };
  }

  /**
   * Mends differences, some of them also where the budget is spent. Returns those that it left.
   * @throws StoreAwayError when a store does not answer for too long, TaskEndedError
   */
  async mend(differences: readonly Difference[], budget: Budget): Promise<Difference[]> {
    const ofPairs = differences.filter(isOfPair);
    const ofAbsent = differences.filter(({ kind }) => kind === 'orphaned-tombstone');
    const ofCache = differences.filter(({ kind }) => DIRECTION_OF[kind] === 'to-cache');
    this.#counts.failed += differences.filter(({ kind }) => DIRECTION_OF[kind] === 'none').length;
    return [
      ...(await this.#resync(ofPairs, budget)),
      ...(await this.#bury(ofAbsent, budget)),
      ...(await this.#restore(ofCache, budget)),
    ];
  }

  /** Makes new mutations of pairs that the cache holds, where they are as they were seen. */
  async #resync(differences: readonly OfPair[], budget: Budget): Promise<OfPair[]> {
    if (differences.length === 0) return [];
    await this.#raiseClocks(differences, budget);
    return this.#eachOf(differences, budget, ({ key, cacheVersion }) =>
      this.#sync.resync(key, { precondition: { is: 'match', versions: [cacheVersion] } }),
    );
  }

  /**
   * Makes deletes of what neither side holds, so that the shadow gets a time to be purged at. That the cache has no
   * pair is no reason to write a delete, since it may have lost one that is newer than the shadow. So, as a restore
   * does: everything on its way is awaited, the shadow is looked at again, and the script refuses where it knows of a
   * mutation since.
   */
  async #bury(differences: readonly Difference[], budget: Budget): Promise<Difference[]> {
    if (differences.length === 0) return [];
    await this.#raiseClocks(differences, budget);
    const since = await this.#watched(budget);
    if (since === undefined) {
      this.#counts.failed += differences.length;
      return [];
    }
    const keys = differences.map(({ key }) => key);
    const [shadows, { times }] = await Promise.all([
      budget.insist(() => this.#stores.shadows.findMany(keys)),
      budget.insist(() => this.#stores.cache.look(keys)),
    ]);
    const timeOf = new Map(keys.map((key, index) => [key, times[index] ?? 0]));
    const alive = new Set(
      shadows
        .filter((shadow) => !isShadow(shadow) || isPresent(shadow, timeOf.get(shadow._id) ?? 0))
        .map(({ _id }) => _id),
    );
    this.#counts.changedMeanwhile += alive.size;
    const dead = differences.filter(({ key }) => !alive.has(key));
    return this.#eachOf(dead, budget, ({ key }) =>
      this.#sync.delete(key, { unheardOfSince: momentFor(key, since, this.#stores.cache.slots) }),
    );
  }

  /** Brings what the shadows hold back into the cache, where nothing newer is known of the key. */
  async #restore(differences: readonly Difference[], budget: Budget): Promise<Difference[]> {
    for (let from = 0; from < differences.length; from += RESTORED_AT_ONCE) {
      if (from > 0 && budget.spent) return differences.slice(from);
      const part = differences.slice(from, from + RESTORED_AT_ONCE);
      const since = await this.#watched(budget);
      if (since === undefined) {
        this.#counts.failed += part.length;
        continue;
      }
      const keys = part.map(({ key }) => key);
      const shadows = await budget.insist(() => this.#stores.shadows.findMany(keys));
      const outcomes = await budget.insist(() =>
        this.#stores.restorer.restore(shadows.filter(isShadow).map(mutationOfShadow), since),
      );
      for (const key of keys) {
        const outcome = outcomes.get(key);
        if (outcome === 'restored' || outcome === 'removed') this.#counts[outcome]++;
        else if (outcome === 'unwatched' || outcome === 'foreign') this.#counts.failed++;
        else this.#counts.changedMeanwhile++;
      }
    }
    return [];
  }

  /** A moment by which one may act, or undefined when what is on its way does not arrive. */
  async #watched(budget: Budget): Promise<Moments | undefined> {
    try {
      return await watchUntilArrived(this.#stores, budget);
    } catch (error) {
      if (error instanceof NotArrivedError) return undefined;
      throw error;
    }
  }

  /** Above what the shadows have, also where Redis lost its clocks and its time went back. */
  async #raiseClocks(differences: readonly Difference[], budget: Budget): Promise<void> {
    const highest = new Map<number, number>();
    for (const { key, shadowVersion = 0 } of differences) {
      const slot = slotOf(key, this.#stores.cache.slots);
      highest.set(slot, Math.max(shadowVersion, highest.get(slot) ?? 0));
    }
    await budget.insist(() => this.#stores.restorer.raiseClocks(highest));
  }

  /** Writes for each difference, some at a time, until the budget is spent. Returns those that were left. */
  async #eachOf<D extends Difference>(
    differences: readonly D[],
    budget: Budget,
    write: (difference: D) => Promise<unknown>,
  ): Promise<D[]> {
    const waiting = [...differences];
    const oneByOne = async () => {
      // Some are mended also by a budget that was spent before, so that calls get somewhere.
      do {
        const difference = waiting.shift();
        if (difference === undefined) return;
        try {
          await write(difference);
          this.#counts.resynced++;
        } catch (error) {
          if (error instanceof PreconditionFailedError) this.#counts.changedMeanwhile++;
          else this.#counts.failed++;
        }
      } while (!budget.spent);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, oneByOne));
    return waiting;
  }
}

/** A difference of a pair that the cache holds. */
type OfPair = Difference & { readonly cacheVersion: number };

function isOfPair(difference: Difference): difference is OfPair {
  const { kind, cacheVersion } = difference;
  return cacheVersion !== undefined && DIRECTION_OF[kind] === 'to-shadow';
}
