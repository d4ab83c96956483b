import { describe, expect, it } from 'vitest';
import { parseTtlMix } from './ttl-mix.js';

describe('parseTtlMix', () => {
  it('reads every unit, fractions included, as seconds', () => {
    const seconds = parseTtlMix('20s:0.1, 5m:0.1, 1.8h:0.2, 92.6d:0.6').map(({ item }) => item);
    expect(seconds).toEqual([20, 300, 6480, 8_000_640]);
  });

  it('scales shares that leave something out', () => {
    const [first, second] = parseTtlMix('3h:0.60, 1d:0.20');
    expect(first?.share).toBeCloseTo(0.75);
    expect(second?.share).toBeCloseTo(0.25);
  });

  it('adds up the shares of one duration written in two units', () => {
    expect(parseTtlMix('1d:0.99, 24h:0.01')).toEqual([{ item: 86_400, share: 1 }]);
  });

  it('never goes below one second', () => {
    expect(parseTtlMix('0.2s:1')).toEqual([{ item: 1, share: 1 }]);
  });

  it.each(['', '300s', '300:0.5', '5w:1', '300s:0', 's:1', '1h:0.5;2h:0.5'])('refuses %j', (text) => {
    expect(() => parseTtlMix(text)).toThrow(RangeError);
  });
});
