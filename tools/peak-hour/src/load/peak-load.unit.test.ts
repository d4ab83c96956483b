import { readProfile } from '@hybrid-sync/trials';
import { expect, it } from 'vitest';
import { MEAN_LOAD } from './peak-curve.js';
import { peakLoad } from './peak-load.js';

const profile = await readProfile('cluster12');
const load = (seed: string) => {
  const { count, items, times } = peakLoad({ profile, seed, durationMs: 20_000, storeRate: 100 });
  return { count, arrivals: [...items].map((item) => ({ item, at: times.next().value ?? Number.NaN })) };
};

it('has as many writes as the curve says, reads beside them, in the order of their times', () => {
  const { count, arrivals } = load('1');
  expect(arrivals).toHaveLength(count);
  const writes = arrivals.filter(({ item }) => item.op !== 'get').length;
  expect(Math.abs(writes / (MEAN_LOAD * 100 * 20) - 1)).toBeLessThan(0.03);
  expect(arrivals.every(({ at }, index) => index === 0 || at >= (arrivals[index - 1]?.at ?? 0))).toBe(true);
});

it('is the same for the same seed, but for the prefix of the keys', () => {
  const strip = ({ arrivals }: ReturnType<typeof load>) =>
    arrivals.map(({ at, item }) => ({ at, ...item, key: item.key.replace(/^replay:.{5}:/, '') }));
  expect(strip(load('1'))).toEqual(strip(load('1')));
  expect(strip(load('1'))).not.toEqual(strip(load('2')));
});
