import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutationBytes, newestPerKey } from './mutation.js';
import { aDelete, aSet } from './testing/mutations.js';

describe('the newest mutations per key', () => {
  it('are one per key, whatever the order they come in', () => {
    const mutations = [aSet('a', 2), aSet('b', 5), aSet('a', 3), aSet('a', 1), aSet('b', 4)];
    expect(newestPerKey(mutations)).toEqual([aSet('a', 3), aSet('b', 5)]);
  });

  it('are chosen among sets and deletes alike', () => {
    expect(newestPerKey([aSet('a', 1), aDelete('a', 2)])).toEqual([aDelete('a', 2)]);
    expect(newestPerKey([aDelete('a', 1), aSet('a', 2)])).toEqual([aSet('a', 2)]);
  });

  it('are none of none', () => {
    expect(newestPerKey([])).toEqual([]);
  });

  it('are the maximum of every key, for any mutations', () => {
    const anyMutation = fc
      .record({ key: fc.constantFrom('a', 'b', '__proto__'), version: fc.integer({ min: 1, max: 50 }) })
      .map(({ key, version }) => aSet(key, version));
    fc.assert(
      fc.property(fc.array(anyMutation), (mutations) => {
        const newest = newestPerKey(mutations);
        expect(newest.map(({ key }) => key)).toEqual([...new Set(mutations.map(({ key }) => key))]);
        for (const { key, version } of newest) {
          const versions = mutations.filter((each) => each.key === key).map((each) => each.version);
          expect(version).toBe(Math.max(...versions));
        }
      }),
    );
  });
});

describe('the bytes of a mutation', () => {
  const EMPTY = mutationBytes(aSet('', 1, { value: '' }));

  it('are those of key and value in UTF-8, above a constant', () => {
    expect(EMPTY).toBeGreaterThan(0);
    expect(mutationBytes(aSet('key', 1, { value: 'value' })) - EMPTY).toBe(3 + 5);
    expect(mutationBytes(aSet('ü', 1, { value: '🔑' })) - EMPTY).toBe(2 + 4);
  });

  it('are those of the key alone for a delete', () => {
    expect(mutationBytes(aDelete('key')) - EMPTY).toBe(3);
  });
});
