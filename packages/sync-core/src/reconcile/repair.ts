import type { CacheRestorer } from '../cache/cache-restorer.js';
import { slotOf } from '../cache/keys.js';
import { PreconditionFailedError } from '../errors.js';
import type { HybridSync } from '../hybrid-sync.js';
import { mutationOfShadow } from '../store/shadow-document.js';
import { Budget } from './budget.js';
import type { Difference, DifferenceKind } from './difference.js';
import { type VerifyOptions, type VerifyReport, type VerifyStores, verify } from './verify.js';
import { watchUntilArrived } from './watch-arrival.js';

/** What a repair reads and writes. */
export interface RepairStores extends VerifyStores {
  readonly restorer: Pick<CacheRestorer, 'watch' | 'restore' | 'raiseClocks'>;
}

/**
 * In which direction a kind of difference is mended. `to-shadow`: what the cache holds becomes a new mutation, journaled
 * and synced like any other. `to-cache`: what the shadow holds comes back into the cache, under the version it has.
 */
export const DIRECTION_OF: Readonly<Record<DifferenceKind, 'to-shadow' | 'to-cache'>> = {
  'shadow-missing': 'to-shadow',
  'shadow-behind': 'to-shadow',
  'value-differs': 'to-shadow',
  'expiry-differs': 'to-shadow',
  'orphaned-tombstone': 'to-shadow',
  'shadow-ahead': 'to-cache',
  'cache-missing': 'to-cache',
};

/** What to repair. */
export interface RepairOptions extends VerifyOptions {
  /** False: a dry run, which only says what would be done. */
  readonly apply: boolean;
}

/** What one call did, or would do. */
export interface RepairReport extends VerifyReport {
  /** Whether anything was changed, or might have been: not a dry run. */
  readonly applied: boolean;
  /** Differences by the direction in which they are mended. */
  readonly plan: { readonly toShadow: number; readonly toCache: number };
  /** What became of them; all 0 in a dry run. */
  readonly done: RepairCounts;
}

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

/**
 * Verifies, and mends every difference that was confirmed, in the direction its versions tell. Nothing is overwritten
 * blindly: a script in Redis changes a key only where it is as it was seen, and a shadow takes only a higher version.
 * @throws InvalidInputError for a cursor that is none
 */
export async function repair(
  stores: RepairStores,
  sync: Pick<HybridSync, 'resync'>,
  options: RepairOptions,
): Promise<RepairReport> {
  const budget = new Budget(options);
  const plan = { toShadow: 0, toCache: 0 };
  const done = { resynced: 0, restored: 0, removed: 0, changedMeanwhile: 0, failed: 0 };
  const report = await verify(stores, options, async (differences) => {
    const toShadow = differences.filter(({ kind }) => DIRECTION_OF[kind] === 'to-shadow');
    const toCache = differences.filter(({ kind }) => DIRECTION_OF[kind] === 'to-cache');
    plan.toShadow += toShadow.length;
    plan.toCache += toCache.length;
    if (!options.apply) return;
    const changes = [
      await mendShadows(toShadow, stores, sync),
      await mendCache(toCache, stores, budget, options.signal),
    ];
    for (const change of changes) {
      for (const name of Object.keys(change) as (keyof RepairCounts)[]) done[name] += change[name] ?? 0;
    }
  });
  return { ...report, applied: options.apply, plan, done };
}

/** Makes new mutations of what the cache holds, where it is as it was seen. */
async function mendShadows(
  differences: readonly Difference[],
  { cache, restorer }: RepairStores,
  sync: Pick<HybridSync, 'resync'>,
): Promise<Partial<RepairCounts>> {
  const counts = { resynced: 0, changedMeanwhile: 0, failed: 0 };
  if (differences.length === 0) return counts;
  // Above what the shadows have, also where Redis lost its clocks and its time went back.
  const highest = new Map<number, number>();
  for (const { key, shadowVersion = 0 } of differences) {
    const slot = slotOf(key, cache.slots);
    highest.set(slot, Math.max(shadowVersion, highest.get(slot) ?? 0));
  }
  await restorer.raiseClocks(highest);
  const waiting = differences.values();
  const mendOneByOne = async () => {
    for (const { key, cacheVersion } of waiting) {
      try {
        await sync.resync(key, {
          precondition:
            cacheVersion === undefined
              ? { is: 'none-match', versions: 'any' }
              : { is: 'match', versions: [cacheVersion] },
        });
        counts.resynced++;
      } catch (error) {
        if (error instanceof PreconditionFailedError) counts.changedMeanwhile++;
        else counts.failed++;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, mendOneByOne));
  return counts;
}

/** Brings what the shadows hold back into the cache, where nothing newer is known of the key. */
async function mendCache(
  differences: readonly Difference[],
  stores: RepairStores,
  budget: Budget,
  signal: AbortSignal | undefined,
): Promise<Partial<RepairCounts>> {
  const counts = { restored: 0, removed: 0, changedMeanwhile: 0, failed: 0 };
  if (differences.length === 0) return counts;
  const since = await watchUntilArrived(stores, budget, signal);
  if (since === undefined) return { failed: differences.length };
  const shadows = await budget.insist(() => stores.shadows.findMany(differences.map(({ key }) => key)));
  const outcomes = await stores.restorer.restore(shadows.map(mutationOfShadow), since);
  for (const { key } of differences) {
    const outcome = outcomes.get(key);
    if (outcome === 'restored' || outcome === 'removed') counts[outcome]++;
    else if (outcome === 'unwatched') counts.failed++;
    else counts.changedMeanwhile++;
  }
  return counts;
}
