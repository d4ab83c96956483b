import { describe, expect, it } from 'vitest';
import { parseOperationMix, shareOf } from './operation-mix.js';

describe('parseOperationMix', () => {
  it('takes every command that stores for a set, gets for a get, and keeps add apart', () => {
    const mix = parseOperationMix(
      'get:0.1 gets:0.1 set:0.1 cas:0.1 incr:0.1 append:0.05 prepend:0.05 replace:0.1 add:0.2 delete:0.1',
    );
    expect(shareOf(mix, 'get')).toBeCloseTo(0.2);
    expect(shareOf(mix, 'set')).toBeCloseTo(0.5);
    expect(shareOf(mix, 'add')).toBeCloseTo(0.2);
    expect(shareOf(mix, 'delete')).toBeCloseTo(0.1);
  });

  it('scales shares that do not add up to 1', () => {
    const mix = parseOperationMix('get:0.86 set:0.13');
    expect(shareOf(mix, 'get')).toBeCloseTo(0.86 / 0.99);
    expect(shareOf(mix, 'set')).toBeCloseTo(0.13 / 0.99);
    expect(shareOf(mix, 'delete')).toBe(0);
  });

  it.each(['', 'get', 'touch:1', 'get:0.5,set:0.5', 'get:0'])('refuses %j', (text) => {
    expect(() => parseOperationMix(text)).toThrow(RangeError);
  });
});
