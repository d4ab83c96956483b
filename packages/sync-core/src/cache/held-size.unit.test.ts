import { expect, it } from 'vitest';
import { HeldSize } from './held-size.js';

it('is any before the first value was found, then near the largest that was found lately', () => {
  const size = new HeldSize();
  expect(size.bytes).toBe(Number.POSITIVE_INFINITY);
  size.found(100);
  expect(size.bytes).toBe(100);
  size.found(1_000_000);
  size.found(100);
  expect(size.bytes).toBe(900_000);
  for (let time = 0; time < 100; time++) size.found(100);
  expect(size.bytes).toBe(100);
});
