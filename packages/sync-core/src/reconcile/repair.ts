import type { CacheRestorer } from '../cache/cache-restorer.js';
import { slotOf } from '../cache/keys.js';
import { PreconditionFailedError } from '../errors.js';
import type { HybridSync } from '../hybrid-sync.js';
import { isShadow, mutationOfShadow } from '../store/shadow-document.js';
import { Budget, type TaskBounds } from './budget.js';
import { countKinds, type Difference, type DifferenceKind } from './difference.js';
import { type VerifyOptions, type VerifyReport, type VerifyStores, verify } from './verify.js';
import { verifyKey } from './verify-key.js';
import { watchUntilArrived } from './watch-arrival.js';

/** What a repair reads and writes. */
export interface RepairStores extends VerifyStores {
  readonly restorer: Pick<CacheRestorer, 'watch' | 'restore' | 'raiseClocks'>;
}

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

const NOTHING_DONE: RepairCounts = { resynced: 0, restored: 0, removed: 0, changedMeanwhile: 0, failed: 0 };
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
  const plan = { toShadow: 0, toCache: 0 };
  const done = { ...NOTHING_DONE };
  const report = await verify(stores, options, async (differences) => {
    const { toShadow, toCache } = planOf(differences);
    plan.toShadow += toShadow;
    plan.toCache += toCache;
    if (!options.apply) return;
    const counts = await mend(differences, stores, sync, options);
    for (const name of Object.keys(done) as (keyof RepairCounts)[]) done[name] += counts[name];
  });
  return { ...report, applied: options.apply, plan, done };
}

/** Mends differences that were confirmed. @throws StoreAwayError when a store does not answer for too long */
async function mend(
  differences: readonly Difference[],
  stores: RepairStores,
  sync: Pick<HybridSync, 'resync'>,
  bounds: TaskBounds,
): Promise<RepairCounts> {
  const toShadow = differences.filter(({ kind }) => DIRECTION_OF[kind] === 'to-shadow');
  const toCache = differences.filter(({ kind }) => DIRECTION_OF[kind] === 'to-cache');
  const shadows = await mendShadows(toShadow, stores, sync);
  const cache = await mendCache(toCache, stores, new Budget(bounds), bounds.signal);
  return {
    ...NOTHING_DONE,
    ...shadows,
    ...cache,
    changedMeanwhile: (shadows.changedMeanwhile ?? 0) + (cache.changedMeanwhile ?? 0),
    failed:
      (shadows.failed ?? 0) + (cache.failed ?? 0) + differences.length - toShadow.length - toCache.length,
  };
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
  const outcomes = await stores.restorer.restore(shadows.filter(isShadow).map(mutationOfShadow), since);
  for (const { key } of differences) {
    const outcome = outcomes.get(key);
    if (outcome === 'restored' || outcome === 'removed') counts[outcome]++;
    else if (outcome === 'unwatched') counts.failed++;
    else counts.changedMeanwhile++;
  }
  return counts;
}

/**
 * Verifies one key and mends it, as {@link repair} does for all. `patienceMs`: how long to wait for what is on its way.
 * @throws what the stores throw
 */
export async function repairKey(
  stores: RepairStores,
  sync: Pick<HybridSync, 'resync'>,
  key: string,
  apply: boolean,
  patienceMs: number,
): Promise<RepairReport> {
  const startedAt = performance.now();
  const { state, difference } = await verifyKey(stores, key, patienceMs);
  const found = difference === undefined ? [] : [difference];
  const done = apply ? await mend(found, stores, sync, { patienceMs }) : NOTHING_DONE;
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    applied: apply,
    plan: planOf(found),
    done,
    complete: true,
    health: state === 'DIFFERS' ? 'ISSUES_DETECTED' : state === 'IN_SYNC' ? 'HEALTHY' : 'UNKNOWN',
    keys: 1,
    shadows: 1,
    pairs: 1,
    differing: found.length,
    kinds: countKinds(found),
    samples: found,
    undecided: state === 'UNDECIDED' ? 1 : 0,
    seconds,
    keysPerSecond: 1 / seconds,
  };
}

function planOf(differences: readonly Difference[]): { toShadow: number; toCache: number } {
  const towards = (direction: 'to-shadow' | 'to-cache') =>
    differences.filter(({ kind }) => DIRECTION_OF[kind] === direction).length;
  return { toShadow: towards('to-shadow'), toCache: towards('to-cache') };
}
