import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasTooManyParts, MAX_PARTS } from './body-parts.js';

const many = (text: string) => hasTooManyParts(Buffer.from(text));
const list = (length: number) => JSON.stringify(Array.from({ length }, () => 1));

it('as many parts as there may be are taken, and not one more', () => {
  // A list has as many commas less one as parts, and its bracket.
  expect(many(list(MAX_PARTS))).toBe(false);
  expect(many(list(MAX_PARTS + 1))).toBe(true);
});

it.each([
  ['keys', JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [index, 1])))],
  ['lists in lists', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ['objects in lists', JSON.stringify(Array.from({ length: 5000 }, () => ({})))],
  ['what is cut off', list(10_000).slice(0, -1)],
])('too many %s', (_, text) => {
  expect(many(text)).toBe(true);
});

it.each([
  ['commas in a value', JSON.stringify({ value: ',[{'.repeat(10_000) })],
  ['commas between quotes in a value', JSON.stringify({ value: '",'.repeat(10_000) })],
  ['commas behind backslashes in a value', JSON.stringify({ value: '\\",\\\\,'.repeat(10_000) })],
  ['a value that does not end', `"${','.repeat(10_000)}`],
  ['a backslash at the end', `"${','.repeat(10_000)}\\`],
])('%s are no parts', (_, text) => {
  expect(many(text)).toBe(false);
});

it('no JSON of fewer parts is refused, and whatever the bytes, it says something', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      expect(many(text)).toBe(false);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(hasTooManyParts(Buffer.from(bytes))).toBe(false);
    }),
    { numRuns: 500 },
  );
});
