import { Budget } from './budget.js';
import { countKinds, type Difference, isGone } from './difference.js';
import { DIRECTION_OF, Mending, type MendingStores, type MendingSync, type RepairCounts } from './mending.js';
import { type VerifyOptions, verify } from './verify.js';
import { type KeyPatience, verifyKey } from './verify-key.js';
import type { VerifyReport } from './verify-report.js';

/** What to repair. */
export interface RepairOptions extends VerifyOptions {
  /** False: a dry run, which only says what would be done. */
  readonly apply: boolean;
}

/** How one key is repaired. */
export type KeyRepairOptions = KeyPatience & Pick<RepairOptions, 'apply'>;

/** What one call did, or would do. */
export interface RepairReport extends VerifyReport {
  /** Whether anything was changed, or might have been: not a dry run. */
  readonly applied: boolean;
  /** Differences by the direction in which they are mended. */
  readonly plan: { readonly toShadow: number; readonly toCache: number };
  /** What became of them; all 0 in a dry run. */
  readonly done: RepairCounts;
}

/**
 * Verifies, and mends every difference that was confirmed, in the direction its versions tell. Nothing is overwritten
 * blindly: a script in Redis changes a key only where it is as it was seen, and a shadow takes only a higher version.
 * @throws InvalidInputError for a cursor that is none
 */
export async function repair(
  stores: MendingStores,
  sync: MendingSync,
  options: RepairOptions,
): Promise<RepairReport> {
  const plan = { toShadow: 0, toCache: 0 };
  const mending = new Mending(stores, sync);
  const report = await verify(stores, options, async (differences, budget) => {
    const left = new Set(options.apply ? await mending.mend(differences, budget) : []);
    const { toShadow, toCache } = planOf(differences.filter((difference) => !left.has(difference)));
    plan.toShadow += toShadow;
    plan.toCache += toCache;
    return [...left];
  });
  return { ...report, applied: options.apply, plan, done: mending.counts };
}

/** Verifies one key and mends it, as {@link repair} does for all. @throws what the stores throw */
export async function repairKey(
  stores: MendingStores,
  sync: MendingSync,
  key: string,
  { apply, ...patience }: KeyRepairOptions,
): Promise<RepairReport> {
  const startedAt = performance.now();
  const { state, difference, pair, shadow, now } = await verifyKey(stores, key, patience);
  const found = difference === undefined ? [] : [difference];
  const tombstones = shadow !== undefined && isGone(pair, shadow, now) ? 1 : 0;
  const mending = new Mending(stores, sync);
  if (apply) await mending.mend(found, new Budget(patience));
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    applied: apply,
    plan: planOf(found),
    done: mending.counts,
    complete: true,
    health: state === 'DIFFERS' ? 'ISSUES_DETECTED' : state === 'IN_SYNC' ? 'HEALTHY' : 'UNKNOWN',
    keys: 1 - tombstones,
    tombstones,
    shadows: 1,
    pairs: 1,
    differing: found.length,
    kinds: countKinds(found),
    samples: found,
    undecided: state === 'UNDECIDED' ? 1 : 0,
    seconds,
    keysPerSecond: (1 - tombstones) / seconds,
  };
}

function planOf(differences: readonly Difference[]): { toShadow: number; toCache: number } {
  const towards = (direction: 'to-shadow' | 'to-cache') =>
    differences.filter(({ kind }) => DIRECTION_OF[kind] === direction).length;
  return { toShadow: towards('to-shadow'), toCache: towards('to-cache') };
}
