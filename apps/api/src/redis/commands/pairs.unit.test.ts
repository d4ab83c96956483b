import type { CachedPair } from '@hybrid-sync/sync-core';
import { expect, it } from 'vitest';
import { Pairs, type ReadCache } from './pairs.js';

const MIB = 1024 * 1024;

/** A cache that gives as many pairs in a round trip as it is told, and notes what it is asked for. */
function world({ atOnce = 3, bytes = 0 }: { atOnce?: number; bytes?: number } = {}) {
  const asked: (readonly string[])[] = [];
  let failing: Error | undefined;
  const cache: ReadCache = {
    slots: 4,
    spread: false,
    bytesOf: async () => bytes,
    getSome: async (keys) => {
      asked.push(keys);
      if (failing !== undefined) throw failing;
      const pairs = keys.map((key): CachedPair => ({ key, value: `of ${key}`, version: 1 }));
      return { pairs: pairs.slice(0, atOnce), unread: pairs.slice(atOnce).map((_, at) => at + atOnce) };
    },
  };
  return { pairs: new Pairs(cache, MIB), asked, fail: (error: Error | undefined) => (failing = error) };
}

const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const valueIn = (pair: CachedPair | undefined) => pair?.value;
const NEXT = async () => undefined;

it('what is asked for in one turn is read together, and what had no room goes with the next round trip', async () => {
  const { pairs, asked } = world();
  const values = await Promise.all(keys.map((key) => pairs.load(key).then(valueIn)));
  expect(values).toEqual(keys.map((key) => `of ${key}`));
  expect(asked).toEqual([keys, keys.slice(3), keys.slice(6)]);
});

it('a round trip that fails fails those in it, and no others', async () => {
  const { pairs, fail } = world();
  fail(new Error('away'));
  const first = pairs.load('a');
  await expect(first).rejects.toThrow('away');
  fail(undefined);
  expect(valueIn(await pairs.load('b'))).toBe('of b');
});

it('a large answer waits until it is the next one, and for others that are being read', async () => {
  const { pairs, asked } = world({ atOnce: 1000, bytes: 40 * MIB });
  const many = Array.from({ length: 40 }, (_, at) => `k${at}`);
  let isNext = () => {};
  const next = new Promise<void>((resolve) => {
    isNext = resolve;
  });
  const first = pairs.tellTogether(many, valueIn, () => next);
  await new Promise((turn) => setTimeout(turn, 5));
  expect(asked).toEqual([]);
  isNext();
  const second = pairs.tellTogether(many, valueIn, NEXT);
  expect(await first).toHaveLength(40);
  expect(asked).toHaveLength(1);
  expect(await second).toHaveLength(40);
  expect(asked).toHaveLength(2);
});

it('an answer that would be too large is refused', async () => {
  const { pairs } = world({ bytes: 65 * MIB });
  const many = Array.from({ length: 65 }, (_, at) => `k${at}`);
  await expect(pairs.tellTogether(many, valueIn, NEXT)).rejects.toThrow('ask for at most 67108864');
});
