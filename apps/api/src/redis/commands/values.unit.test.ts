import type { KeptValue } from '@hybrid-sync/sync-core';
import { expect, it } from 'vitest';
import { type ReadCache, Values } from './values.js';

const MIB = 1024 * 1024;

/** A cache that gives as many values in a round trip as it is told, and notes what it is asked for. */
function world({ atOnce = 3, bytes = 0 }: { atOnce?: number; bytes?: number } = {}) {
  const asked: (readonly string[])[] = [];
  let failing: Error | undefined;
  const cache: ReadCache = {
    slots: 4,
    spread: false,
    bytesOf: async () => bytes,
    someValues: async (keys) => {
      asked.push(keys);
      if (failing !== undefined) throw failing;
      const values = keys.map((key) => `of ${key}`);
      return { values: values.slice(0, atOnce), unread: values.slice(atOnce).map((_, at) => at + atOnce) };
    },
  };
  return { values: new Values(cache, MIB), asked, fail: (error: Error | undefined) => (failing = error) };
}

const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const asItIs = (value: KeptValue | undefined) => value;
const NEXT = async () => undefined;

it('what is asked for in one turn is read together, and what had no room goes with the next round trip', async () => {
  const { values, asked } = world();
  const read = await Promise.all(keys.map((key) => values.load(key)));
  expect(read).toEqual(keys.map((key) => `of ${key}`));
  expect(asked).toEqual([keys, keys.slice(3), keys.slice(6)]);
});

it('a round trip that fails fails those in it, and no others', async () => {
  const { values, fail } = world();
  fail(new Error('away'));
  const first = values.load('a');
  await expect(first).rejects.toThrow('away');
  fail(undefined);
  expect(await values.load('b')).toBe('of b');
});

it('a large answer waits until it is the next one, and for others that are being read', async () => {
  const { values, asked } = world({ atOnce: 1000, bytes: 40 * MIB });
  const many = Array.from({ length: 40 }, (_, at) => `k${at}`);
  let isNext = () => {};
  const next = new Promise<void>((resolve) => {
    isNext = resolve;
  });
  const first = values.tellTogether(many, asItIs, () => next);
  await new Promise((turn) => setTimeout(turn, 5));
  expect(asked).toEqual([]);
  isNext();
  const second = values.tellTogether(many, asItIs, NEXT);
  expect(await first).toHaveLength(40);
  expect(asked).toHaveLength(1);
  expect(await second).toHaveLength(40);
  expect(asked).toHaveLength(2);
});

it('an answer that would be too large is refused', async () => {
  const { values } = world({ bytes: 65 * MIB });
  const many = Array.from({ length: 65 }, (_, at) => `k${at}`);
  await expect(values.tellTogether(many, asItIs, NEXT)).rejects.toThrow('ask for at most 67108864');
});
