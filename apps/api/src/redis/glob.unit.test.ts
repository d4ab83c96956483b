import { expect, it } from 'vitest';
import { matchesGlob } from './glob.js';

it.each([
  ['*', '', true],
  ['a*c', 'abbc', true],
  ['a*c', 'abbd', false],
  ['*b*d', 'abcbd', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['[a-c]x', 'bx', true],
  ['[c-a]x', 'bx', true],
  ['[^a-c]x', 'bx', false],
  ['[^a-c]x', 'dx', true],
  ['[\\]]', ']', true],
  ['[abc', 'c', true],
  ['\\*', '*', true],
  ['\\*', 'x', false],
  ['a\\', 'a\\', true],
  ['', '', true],
  ['', 'a', false],
  ['\u00ff*', '\u00ff\0', true],
])('%j matches %j: %s', (pattern, text, matches) => {
  expect(matchesGlob(pattern, text)).toBe(matches);
});

it('takes a pattern of many stars, which would take others for ever', () => {
  expect(matchesGlob(`${'a*'.repeat(500)}b`, 'a'.repeat(1000))).toBe(false);
});
