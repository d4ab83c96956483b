import { describe, expect, it } from 'vitest';
import type { AcknowledgedWrite, WrittenKey } from '../load/ledger.js';
import { findLostWrites, judgeWrite, type WriteYardstick } from './lost-writes.js';

const NOW = 1_700_000_000_000;
const V = NOW * 1000;
const HOUR = 3_600_000;
const valueText = (number: number, bytes: number) => `value ${number} of ${bytes}`;
const yardstick: WriteYardstick = { now: NOW, purgeGraceMs: 24 * HOUR, valueText };

const key = (acknowledged: AcknowledgedWrite, uncertain = false): WrittenKey => ({
  key: 'k',
  acknowledged,
  uncertain,
});
const wasSet = key({ version: V, set: { number: 1, valueBytes: 9 } });
const wasDeleted = key({ version: V, set: undefined });
const expiring = (expireAt: number) => key({ version: V, set: { number: 1, valueBytes: 9 }, expireAt });

const VALUE = valueText(1, 9);
const pair = { value: VALUE, version: V };
const tombstone = { value: null, version: V };

describe('judgeWrite', () => {
  it.each([
    ['both sides have it', wasSet, pair, pair],
    [
      'both sides have something newer',
      wasSet,
      { value: 'w', version: V + 1 },
      { value: 'w', version: V + 1 },
    ],
    ['a newer delete, of which no answer came, took it', wasSet, undefined, { value: null, version: V + 1 }],
    ['the delete left a tombstone', wasDeleted, undefined, tombstone],
    [
      "the delete's version is ahead of Redis' clock, which went back",
      key({ version: V + HOUR * 1000, set: undefined }),
      undefined,
      { value: null, version: V + HOUR * 1000 },
    ],
    [
      'something newer was set after the delete',
      wasDeleted,
      { value: 'w', version: V + 1 },
      { value: 'w', version: V + 1 },
    ],
    ['it has expired, and the shadow is still kept', expiring(NOW - 5000), undefined, pair],
    ['it is about to expire', expiring(NOW + 500), undefined, pair],
    ['it has expired so long ago that its shadow is purged', expiring(NOW - 25 * HOUR), undefined, undefined],
  ])('finds nothing lost where %s', (_, written, inCache, inShadow) => {
    expect(judgeWrite(written, inCache, inShadow, yardstick)).toBeUndefined();
  });

  it.each([
    ['the shadow has nothing', wasSet, pair, undefined, 'shadow', 'nothing'],
    ['neither side has anything', wasSet, undefined, undefined, 'shadow', 'nothing'],
    [
      'both sides agree on something older',
      wasSet,
      { ...pair, version: V - 1 },
      { ...pair, version: V - 1 },
      'shadow',
      `version ${V - 1}`,
    ],
    [
      'the shadow has another value',
      wasSet,
      pair,
      { ...pair, value: 'w' },
      'shadow',
      `another value under version ${V}`,
    ],
    ['the shadow is a tombstone', wasSet, pair, tombstone, 'shadow', `another value under version ${V}`],
    ['the cache has nothing', wasSet, undefined, pair, 'cache', 'nothing'],
    ['the cache has something older', wasSet, { ...pair, version: V - 1 }, pair, 'cache', `version ${V - 1}`],
    ['the cache has another value', wasSet, { ...pair, value: 'w' }, pair, 'cache', 'another value'],
    ['the cache lost it before its time', expiring(NOW + HOUR), undefined, pair, 'cache', 'nothing'],
    ['the delete left no tombstone', wasDeleted, undefined, undefined, 'shadow', 'nothing'],
    [
      'the deleted value is back in the shadow',
      wasDeleted,
      undefined,
      pair,
      'shadow',
      `another value under version ${V}`,
    ],
    [
      'the deleted pair is still in the cache',
      wasDeleted,
      { ...pair, version: V - 1 },
      tombstone,
      'cache',
      `version ${V - 1}`,
    ],
    ['the expired shadow is gone too soon', expiring(NOW - HOUR), undefined, undefined, 'shadow', 'nothing'],
  ] as const)('finds a loss where %s', (_, written, inCache, inShadow, where, found) => {
    expect(judgeWrite(written, inCache, inShadow, yardstick)).toEqual({ key: 'k', version: V, where, found });
  });

  it('does not look for what was never acknowledged', () => {
    const unacknowledged = { key: 'k', acknowledged: undefined, uncertain: true };
    expect(judgeWrite(unacknowledged, undefined, undefined, yardstick)).toBeUndefined();
  });
});

describe('findLostWrites', () => {
  it('looks up every acknowledged key, page by page, and lists the first losses', async () => {
    const written = Array.from({ length: 1234 }, (_, number) => ({
      key: `k${number}`,
      acknowledged: { version: V + number, set: { number, valueBytes: 9 } },
      uncertain: false,
    }));
    const pages: number[] = [];
    const stored = (keys: readonly string[]) =>
      keys.map((name) => {
        const number = Number(name.slice(1));
        // Every hundredth key is lost on both sides: cache and shadow agree that there is nothing.
        return number % 100 === 0 ? undefined : { value: valueText(number, 9), version: V + number };
      });
    const progress: number[] = [];
    const check = await findLostWrites({
      ledger: {
        valueText,
        *written() {
          yield* written;
          yield { key: 'never acknowledged', acknowledged: undefined, uncertain: true };
        },
      },
      stores: {
        purgeGraceMs: 24 * HOUR,
        pairs: async (keys) => {
          pages.push(keys.length);
          return stored(keys);
        },
        shadows: async (keys) => stored(keys),
      },
      onProgress: (checked) => void progress.push(checked),
    });
    expect(pages).toEqual([500, 500, 234]);
    expect(progress).toEqual([500, 1000, 1234]);
    expect(check).toMatchObject({ checked: 1234, lost: 13 });
    expect(check.first.map((lost) => lost.key)).toEqual(
      Array.from({ length: 10 }, (_, at) => `k${at * 100}`),
    );
  });
});
