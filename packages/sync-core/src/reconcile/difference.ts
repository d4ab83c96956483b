import type { CachedPair } from '../cache/cached-pair.js';
import { expiryOfShadow, isPresent, isShadow } from '../store/shadow-document.js';
import type { ShadowSummary } from '../store/shadow-reader.js';

/**
 * How a key differs:
 *
 * - `foreign-document`: what lies in the shadow's place is no shadow; only whoever put it there can tell what it is for
 * - `shadow-missing`: a pair without a shadow
 * - `shadow-behind`: the shadow has a lower version; also a tombstone or an expired shadow
 * - `shadow-ahead`: the shadow has a higher version: the cache lost data
 * - `value-differs`, `expiry-differs`: at the same version; expiries by more than a second
 * - `cache-missing`: no pair, though the shadow says there is one and it has not expired: evicted or lost
 * - `orphaned-tombstone`: no pair, rightly, but nothing will ever remove the shadow of what was deleted or has expired:
 *   it has no time to be purged at, or that passed more than an hour ago
 */
export const DIFFERENCE_KINDS = [
  'foreign-document',
  'shadow-missing',
  'shadow-behind',
  'shadow-ahead',
  'value-differs',
  'expiry-differs',
  'cache-missing',
  'orphaned-tombstone',
] as const;
/** See {@link DIFFERENCE_KINDS}. */
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** A key on which cache and shadow don't agree. */
export interface Difference {
  readonly key: string;
  readonly kind: DifferenceKind;
  /** Absent for no pair. */
  readonly cacheVersion?: number;
  /** Absent for no shadow, and for a foreign document. */
  readonly shadowVersion?: number;
}

/** How many differences there are of each kind. */
export function countKinds(differences: readonly Difference[]): Record<DifferenceKind, number> {
  const counts = Object.fromEntries(DIFFERENCE_KINDS.map((kind) => [kind, 0]));
  for (const { kind } of differences) counts[kind] = (counts[kind] ?? 0) + 1;
  // Every kind was given a count.
  return counts as Record<DifferenceKind, number>;
}

/** A TTL index removes what is due every minute or so; what is due for longer is forgotten, in milliseconds. */
const PURGE_OVERDUE_MS = 3_600_000;

/**
 * A key that Redis moves to another master of a cluster is sent with the time that it still has, and so expires later by
 * as long as that took, in milliseconds; every other change of an expiry has a version of its own.
 */
const MOVED_MS = 1000;

/** Whether neither side has the key any more: all that is left of it is the shadow of what was deleted or has expired. */
export function isGone(pair: CachedPair | undefined, shadow: ShadowSummary, now: number): boolean {
  return !isThere(pair, now) && isShadow(shadow) && !isPresent(shadow, now);
}

function isThere(pair: CachedPair | undefined, now: number): pair is CachedPair {
  return pair !== undefined && (pair.expireAt === undefined || pair.expireAt > now);
}

/** How a pair and its shadow differ, if they do. `now`: milliseconds since 1970 on Redis' clock. */
export function differenceOf(
  key: string,
  pair: CachedPair | undefined,
  shadow: ShadowSummary | undefined,
  now: number,
): Difference | undefined {
  const there = isThere(pair, now);
  const foreign = shadow !== undefined && !isShadow(shadow);
  const kind = foreign
    ? 'foreign-document'
    : there
      ? kindOfPair(pair, shadow)
      : shadow && kindWithoutPair(shadow, now);
  if (kind === undefined) return undefined;
  return {
    key,
    kind,
    ...(there ? { cacheVersion: pair.version } : {}),
    ...(shadow === undefined || foreign ? {} : { shadowVersion: Number(shadow.version) }),
  };
}

function kindOfPair(pair: CachedPair, shadow: ShadowSummary | undefined): DifferenceKind | undefined {
  if (shadow === undefined) return 'shadow-missing';
  const shadowVersion = Number(shadow.version);
  if (shadowVersion < pair.version) return 'shadow-behind';
  if (shadowVersion > pair.version) return 'shadow-ahead';
  if (shadow.deleted === true || shadow.lastValue !== pair.value) return 'value-differs';
  if (!expireAlike(expiryOfShadow(shadow), pair.expireAt)) return 'expiry-differs';
  return undefined;
}

/**
 * Whether two expiries of one version, in milliseconds since 1970, are the same, but for what a move of the key to another
 * master of a cluster adds.
 */
export function expireAlike(one: number | undefined, other: number | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Math.abs(one - other) <= MOVED_MS;
}

function kindWithoutPair(shadow: ShadowSummary, now: number): DifferenceKind | undefined {
  if (isPresent(shadow, now)) return 'cache-missing';
  const willGo = shadow.purgeAt !== undefined && shadow.purgeAt.getTime() > now - PURGE_OVERDUE_MS;
  return willGo ? undefined : 'orphaned-tombstone';
}
