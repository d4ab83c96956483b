import { describe, expect, it } from 'vitest';
import type { CachedPair } from '../cache/cache.js';
import { type ShadowDocument, shadowOf } from '../store/shadow-document.js';
import { aDelete, aSet } from '../testing/mutations.js';
import { type CompareOptions, compareStores, differenceOf } from './compare.js';

const NOW = Date.parse('2026-08-01T12:00:00Z');
const LATER = NOW + 1000;

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
    ['there is neither', undefined, undefined],
    ['the pair is gone and the shadow is a tombstone', undefined, tombstoneOf('k')],
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
  const VERSIONS = { cacheVersion: 5, shadowVersion: 5 };
  it.each<[string, CachedPair | undefined, ShadowDocument | undefined, object]>([
    ['a pair without a shadow', pairOf(), undefined, { kind: 'missing-shadow', cacheVersion: 5 }],
    [
      'a pair whose shadow is a tombstone',
      pairOf(),
      tombstoneOf('k'),
      { kind: 'missing-shadow', cacheVersion: 5 },
    ],
    [
      'a pair whose shadow is expired',
      pairOf(),
      shadowOfPair(pairOf({ expireAt: NOW })),
      { kind: 'missing-shadow', cacheVersion: 5 },
    ],
    [
      'a shadow without a pair',
      undefined,
      shadowOfPair(pairOf()),
      { kind: 'extra-shadow', shadowVersion: 5 },
    ],
    [
      'an older shadow',
      pairOf(),
      shadowOfPair(pairOf({ version: 4 })),
      { ...VERSIONS, kind: 'version', shadowVersion: 4 },
    ],
    [
      'a shadow that is ahead',
      pairOf(),
      shadowOfPair(pairOf({ version: 6 })),
      { ...VERSIONS, kind: 'version', shadowVersion: 6 },
    ],
    ['another value', pairOf(), shadowOfPair(pairOf({ value: 'w' })), { ...VERSIONS, kind: 'value' }],
    [
      'another expiry',
      pairOf({ expireAt: LATER }),
      shadowOfPair(pairOf({ expireAt: LATER + 1 })),
      { ...VERSIONS, kind: 'expiry' },
    ],
    [
      'an expiry on one side',
      pairOf(),
      shadowOfPair(pairOf({ expireAt: LATER })),
      { ...VERSIONS, kind: 'expiry' },
    ],
  ])('by %s', (_, pair, shadow, difference) => {
    expect(differenceOf('k', pair, shadow, NOW)).toEqual({ key: 'k', ...difference });
  });
});

/** Both sides in memory; `secondLook` happens when shadows are asked for the second time. */
function storesOf(pairs: CachedPair[], shadows: ShadowDocument[], secondLook: () => void = () => {}) {
  let looks = 0;
  const stores: CompareOptions = {
    cache: {
      scan: async () => ({ keys: pairs.map(({ key }) => key), cursor: '0' }),
      look: async (keys) => {
        if (++looks === 2) secondLook();
        return { pairs: keys.map((key) => pairs.find((pair) => pair.key === key)), now: NOW };
      },
    },
    shadows: {
      findMany: async (keys) => shadows.filter((shadow) => keys.includes(shadow._id)),
      async *all() {
        if (shadows.length > 0) yield [...shadows];
      },
    },
  };
  return stores;
}

describe('comparing the stores', () => {
  it('finds nothing where they agree, and counts every key once', async () => {
    const pairs = [pairOf({ key: 'a' }), pairOf({ key: 'b' })];
    const stores = storesOf(pairs, [...pairs.map(shadowOfPair), tombstoneOf('gone')]);
    expect(await compareStores(stores)).toEqual({ compared: 3, differing: 0, differences: [] });
  });

  it('looks from both sides: for pairs without a shadow and shadows without a pair', async () => {
    const stores = storesOf([pairOf({ key: 'a' })], [shadowOfPair(pairOf({ key: 'b' }))]);
    const { compared, differing, differences } = await compareStores(stores);
    expect({ compared, differing }).toEqual({ compared: 2, differing: 2 });
    expect(differences.map(({ key, kind }) => [key, kind])).toEqual([
      ['b', 'extra-shadow'],
      ['a', 'missing-shadow'],
    ]);
  });

  it('looks twice: what is gone at the second look was only under way', async () => {
    const shadows = [shadowOfPair(pairOf({ version: 4 }))];
    const arrives = () => void shadows.splice(0, 1, shadowOfPair(pairOf()));
    expect(await compareStores(storesOf([pairOf()], shadows, arrives))).toMatchObject({ differing: 0 });
  });

  it('reports what the second look saw, when it saw another difference', async () => {
    const shadows = [shadowOfPair(pairOf({ version: 3 }))];
    const arrives = () => void shadows.splice(0, 1, shadowOfPair(pairOf({ version: 4 })));
    const { differences } = await compareStores(storesOf([pairOf()], shadows, arrives));
    expect(differences).toEqual([{ key: 'k', kind: 'version', cacheVersion: 5, shadowVersion: 4 }]);
  });

  it('counts all differences but names only the first thousand', async () => {
    const pairs = Array.from({ length: 1001 }, (_, index) => pairOf({ key: `${index}` }));
    const { differing, differences } = await compareStores(storesOf(pairs, []));
    expect(differing).toBe(1001);
    expect(differences).toHaveLength(1000);
  });

  it('counts a key once that a scan names twice, and says how far it is', async () => {
    const stores = storesOf([pairOf({ key: 'a' })], []);
    const cache = { ...stores.cache, scan: async () => ({ keys: ['a', 'a'], cursor: '0' }) };
    const progress: number[] = [];
    const comparison = await compareStores({
      ...stores,
      cache,
      onProgress: (compared) => progress.push(compared),
    });
    expect(comparison).toMatchObject({ compared: 1, differing: 1 });
    expect(progress).toEqual([1]);
  });

  it('goes through every page of the scan, empty ones included', async () => {
    const pairs = [pairOf({ key: 'a' }), pairOf({ key: 'b' })];
    const pages = [['a'], [], ['b']];
    const stores = storesOf(pairs, []);
    const cache = {
      ...stores.cache,
      scan: async (_: string, cursor: string) => ({
        keys: pages[Number(cursor)] ?? [],
        cursor: Number(cursor) + 1 < pages.length ? String(Number(cursor) + 1) : '0',
      }),
    };
    expect(await compareStores({ ...stores, cache })).toMatchObject({ compared: 2, differing: 2 });
  });
});
