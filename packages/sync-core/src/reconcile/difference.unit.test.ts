import { describe, expect, it } from 'vitest';
import type { CachedPair } from '../cache/cached-pair.js';
import { type ShadowDocument, shadowOf } from '../store/shadow-document.js';
import { aDelete, aSet } from '../testing/mutations.js';
import { type DifferenceKind, differenceOf } from './difference.js';

const NOW = Date.parse('2026-08-01T12:00:00Z');
const LATER = NOW + 1000;
const HOUR_MS = 3_600_000;

/** A pair as the cache holds it, and the shadow that such a pair leaves. */
const pairOf = (rest: Partial<CachedPair> = {}): CachedPair => ({
  key: 'k',
  value: 'v',
  version: 5,
  ...rest,
});
const shadowOfPair = (pair: CachedPair): ShadowDocument =>
  shadowOf(
    aSet(pair.key, pair.version, { value: pair.value, expireAt: pair.expireAt }),
    'ASYNC_THREAD',
    NOW,
    60_000,
  );
const tombstoneOf = (key: string, version = 5): ShadowDocument =>
  shadowOf(aDelete(key, version), 'ASYNC_THREAD', NOW, 60_000);

describe('a pair and its shadow do not differ when', () => {
  it.each<[string, CachedPair | undefined, ShadowDocument | undefined]>([
    ['both say the same', pairOf(), shadowOfPair(pairOf())],
    [
      'both say the same, expiry included',
      pairOf({ expireAt: LATER }),
      shadowOfPair(pairOf({ expireAt: LATER })),
    ],
    [
      'the pair expires a little later, as after a move to another master of a cluster',
      pairOf({ expireAt: LATER + 1000 }),
      shadowOfPair(pairOf({ expireAt: LATER })),
    ],
    ['there is neither', undefined, undefined],
    ['the pair is gone and the shadow is a tombstone', undefined, tombstoneOf('k')],
    [
      'the tombstone should have been purged some minutes ago',
      undefined,
      { ...tombstoneOf('k'), purgeAt: new Date(NOW - HOUR_MS + 1) },
    ],
    ['the pair is gone and the shadow is expired', undefined, shadowOfPair(pairOf({ expireAt: NOW }))],
    ['the pair expires this moment and has no shadow', pairOf({ expireAt: NOW }), undefined],
    [
      'both expire this moment, and one side still shows it',
      pairOf({ expireAt: NOW }),
      shadowOfPair(pairOf({ expireAt: NOW })),
    ],
  ])('%s', (_, pair, shadow) => {
    expect(differenceOf('k', pair, shadow, NOW)).toBeUndefined();
  });
});

describe('a pair and its shadow differ', () => {
  const at = (cacheVersion: number, shadowVersion: number) => ({ cacheVersion, shadowVersion });
  const withoutPurge = ({ purgeAt: _, ...shadow }: ShadowDocument): ShadowDocument => shadow;
  it.each<[string, CachedPair | undefined, ShadowDocument | undefined, DifferenceKind, object]>([
    ['a pair without a shadow', pairOf(), undefined, 'shadow-missing', { cacheVersion: 5 }],
    ['an older shadow', pairOf(), shadowOfPair(pairOf({ version: 4 })), 'shadow-behind', at(5, 4)],
    ['an older tombstone', pairOf(), tombstoneOf('k', 4), 'shadow-behind', at(5, 4)],
    [
      'an older, expired shadow',
      pairOf(),
      shadowOfPair(pairOf({ version: 4, expireAt: NOW })),
      'shadow-behind',
      at(5, 4),
    ],
    ['a newer shadow', pairOf(), shadowOfPair(pairOf({ version: 6 })), 'shadow-ahead', at(5, 6)],
    ['a newer tombstone', pairOf(), tombstoneOf('k', 6), 'shadow-ahead', at(5, 6)],
    ['another value', pairOf(), shadowOfPair(pairOf({ value: 'w' })), 'value-differs', at(5, 5)],
    ['a tombstone of the same version', pairOf(), tombstoneOf('k'), 'value-differs', at(5, 5)],
    [
      'another expiry',
      pairOf({ expireAt: LATER }),
      shadowOfPair(pairOf({ expireAt: LATER + 1001 })),
      'expiry-differs',
      at(5, 5),
    ],
    [
      'an expiry on one side',
      pairOf(),
      shadowOfPair(pairOf({ expireAt: LATER })),
      'expiry-differs',
      at(5, 5),
    ],
    ['a shadow without a pair', undefined, shadowOfPair(pairOf()), 'cache-missing', { shadowVersion: 5 }],
    [
      'a shadow whose pair has expired under an earlier expiry',
      pairOf({ expireAt: NOW }),
      shadowOfPair(pairOf({ expireAt: LATER })),
      'cache-missing',
      { shadowVersion: 5 },
    ],
    [
      'a tombstone that nothing will remove',
      undefined,
      withoutPurge(tombstoneOf('k')),
      'orphaned-tombstone',
      { shadowVersion: 5 },
    ],
    [
      'an expired shadow that nothing will remove',
      undefined,
      withoutPurge(shadowOfPair(pairOf({ expireAt: NOW }))),
      'orphaned-tombstone',
      { shadowVersion: 5 },
    ],
    [
      'a tombstone that should have been purged more than an hour ago',
      undefined,
      { ...tombstoneOf('k'), purgeAt: new Date(NOW - HOUR_MS) },
      'orphaned-tombstone',
      { shadowVersion: 5 },
    ],
  ])('by %s', (_, pair, shadow, kind, versions) => {
    expect(differenceOf('k', pair, shadow, NOW)).toEqual({ key: 'k', kind, ...versions });
  });
});
