import { expect, it } from 'vitest';
import { CountedRate } from './counted-rate.js';

it('is what was counted since the last look, by the time that went by', () => {
  let count = 100;
  const rate = new CountedRate(() => count, 0);
  count = 160;
  expect(rate.perSec(2000)).toBe(30);
  expect(rate.perSec(3000)).toBe(0);
});
