import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { Pairs, VALUE_BYTES } from './pairs.js';

const KEYS = 2048;

it('writes each key once before any key again', () => {
  const pairs = new Pairs('1', KEYS);
  for (const from of [0, KEYS]) {
    const keys = Array.from({ length: KEYS }, (_, number) => pairs.at(from + number).key);
    expect(new Set(keys).size).toBe(KEYS);
  }
});

it('gives a key another value each time, of the size that was asked for, with its hash', () => {
  // As many keys as a multiple of the values: without care each key would get the same value for ever.
  const pairs = new Pairs('1', KEYS);
  for (let pass = 1; pass < 5; pass++) {
    const [before, now] = [pairs.at((pass - 1) * KEYS), pairs.at(pass * KEYS)];
    expect(now.key).toBe(before.key);
    expect(now.value).not.toBe(before.value);
    expect(Buffer.byteLength(now.value)).toBe(VALUE_BYTES);
    expect(now.valueHash).toBe(createHash('sha256').update(now.value).digest('hex'));
  }
});

it('depends on the seed alone', () => {
  const first = (seed: string) => new Pairs(seed, KEYS).keys.slice(0, 10);
  expect(first('1')).toEqual(first('1'));
  expect(first('1')).not.toEqual(first('2'));
});
