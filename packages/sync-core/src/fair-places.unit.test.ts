import { expect, it } from 'vitest';
import { FairPlaces } from './fair-places.js';

/** Takes places until there is none, and says how many those were. */
function takeAll(places: FairPlaces, caller?: string): number {
  let taken = 0;
  while (places.take(caller) !== undefined) taken++;
  return taken;
}

it('one caller leaves places for others, and each of them for the next', () => {
  const places = new FairPlaces(1000);
  expect(takeAll(places, 'greedy')).toBe(501);
  expect(takeAll(places, 'second')).toBe(250);
  for (const next of ['third', 'fourth', 'fifth']) expect(places.take(next), next).toBeDefined();
});

it('a place that is given back can be taken again', () => {
  const places = new FairPlaces(3);
  const [first, second] = [places.take('a'), places.take('a')];
  expect(takeAll(places, 'a')).toBe(0);
  first?.();
  expect([places.taken, places.takenBy('a')]).toEqual([1, 1]);
  expect(places.take('a')).toBeDefined();
  second?.();
  expect(places.takenBy('a')).toBe(1);
});

it('without a caller only the places as a whole are bounded', () => {
  const places = new FairPlaces(10);
  expect(takeAll(places)).toBe(10);
  expect(places.take('a')).toBeUndefined();
});
