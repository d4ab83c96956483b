import { expect, it } from 'vitest';
import { printableJson } from './printable.js';

it('JSON for a terminal has no control character, not even those that JSON leaves alone, and says the same', () => {
  const value = { 'a\u009b': 'b\u007f\u0085\u009f\u001b' };
  const text = printableJson(value);
  expect(text).not.toMatch(/\p{Cc}/u);
  expect(JSON.parse(text)).toEqual(value);
});
