import { expect, it } from 'vitest';
import { CursorNumbers } from './cursor-numbers.js';

it('gives numbers for cursors that are texts, good until the next one is given back', () => {
  const numbers = new CursorNumbers();
  expect(numbers.numberOf('42', '0')).toBe('42');
  expect(numbers.cursorOf('42')).toBe('42');
  const first = numbers.numberOf('cab.1.', '0');
  expect(first).toMatch(/^[1-9]\d{0,14}$/);
  expect([numbers.cursorOf(first), numbers.cursorOf(first)]).toEqual(['cab.1.', 'cab.1.']);
  const next = numbers.numberOf('cab.2.', first);
  const sameAgain = numbers.numberOf('cab.2.', first);
  expect(next).not.toBe(sameAgain);
  expect(numbers.cursorOf(first)).toBe('cab.1.');
  expect(numbers.cursorOf(next)).toBe('cab.2.');
  expect(numbers.cursorOf(first)).toBe(first);
});

it('keeps a bounded number of them, the newest', () => {
  const numbers = new CursorNumbers();
  const given = Array.from({ length: 10_001 }, (_, page) => numbers.numberOf(`c${page}`, '0'));
  expect(numbers.cursorOf(given[0] ?? '')).toBe(given[0]);
  expect(numbers.cursorOf(given[1] ?? '')).toBe('c1');
  expect(numbers.cursorOf(given.at(-1) ?? '')).toBe('c10000');
});
