import { expect, it } from 'vitest';
import { prefersAsync } from './preference.js';

it.each([
  'respond-async',
  'Respond-Async',
  'respond-async, wait=10',
  'return=minimal,respond-async;x=1',
  'respond-async=""',
])('is asked for: %s', (prefer) => expect(prefersAsync(prefer)).toBe(true));

it.each([
  undefined,
  '',
  'wait=10',
  'respond-asynchronously',
  'x-respond-async',
  'respond-async="no"',
  'x;respond-async',
  'respond-async="',
])('is not: %s', (prefer) => expect(prefersAsync(prefer)).toBe(false));

it('may stand in any of several headers', () => {
  expect(prefersAsync(['wait=1', 'respond-async'])).toBe(true);
});

it('takes time in proportion to the header', () => {
  expect(prefersAsync(`respond-async=${' '.repeat(300_000)}x`)).toBe(false);
});
