import { expect, it } from 'vitest';
import { globMatcher } from './glob.js';

it.each([
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['**', 'abc', true],
  ['a*c', 'abbc', true],
  ['a*b*c', 'abbbc', true],
  ['a*c', 'abbd', false],
  ['?', '', false],
  ['a?c', 'abc', true],
  ['[a-c]*', 'b1', true],
  ['[c-a]', 'b', true],
  ['[^a-c]', 'b', false],
  ['[^a-c]', '\xff', true],
  ['[\\]]', ']', true],
  ['[]', 'a', false],
  ['[^]', 'a', true],
  ['[ab', 'b', true],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['a\\', 'a\\', true],
  ['*a', 'aab', false],
  ['*b*d', 'abcbd', true],
  ['a?c', 'ac', false],
  ['[a-c]x', 'bx', true],
  ['[^a-c]x', 'dx', true],
  ['\u00ff*', '\u00ff\0', true],
])('%j and %j match: %s', (pattern, text, expected) => {
  expect(globMatcher(pattern)(text)).toBe(expected);
});

it('no pattern takes long to read or to match, nor one that no key can match', () => {
  const text = 'a'.repeat(1000);
  const sets = `*[${'b'.repeat(1_000_000)}]`;
  const matches = globMatcher(sets);
  // Each of them would take many seconds if its set were read at each character.
  for (let time = 0; time < 100; time++) expect(matches(text)).toBe(false);
  expect(globMatcher(`${'a*'.repeat(500)}b`)(text)).toBe(false);
  expect(globMatcher('[^a]'.repeat(100_000))(text)).toBe(false);
});
