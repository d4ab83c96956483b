import { expect, it } from 'vitest';
import { didYouMean } from './did-you-mean.js';

const COMMANDS = ['get', 'set', 'del', 'settings', 'verify'];

it.each([
  ['gte', 'get'],
  ['sets', 'set'],
  ['setings', 'settings'],
  ['Verify', 'verify'],
])('%s is near %s', (given, nearest) => {
  expect(didYouMean(given, COMMANDS)).toBe(`; did you mean ${nearest}?`);
});

it.each(['bogus', 'x', '', 'x'.repeat(1e6)])('nothing is near to some texts', (given) => {
  expect(didYouMean(given, COMMANDS)).toBe('');
});

it('nothing is near where there is nothing', () => {
  expect(didYouMean('get', [])).toBe('');
});
