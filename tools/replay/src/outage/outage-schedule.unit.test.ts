import { describe, expect, it } from 'vitest';
import { middleOf } from './outage-schedule.js';

describe('middleOf', () => {
  it('leaves as much before the outage as after it', () => {
    expect(middleOf(60_000, 20_000)).toEqual({ from: 20_000, to: 40_000 });
    expect(middleOf(10_000, 9000)).toEqual({ from: 500, to: 9500 });
  });
});
