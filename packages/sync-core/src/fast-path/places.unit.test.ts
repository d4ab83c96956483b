import { expect, it } from 'vitest';
import { Places } from './places.js';

/** Places, and who has come in so far. */
function placesFor(most: { now: number }) {
  const places = new Places(() => most.now);
  const inside: string[] = [];
  const comes = (who: string) => places.take().then(() => inside.push(who));
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { places, inside, comes, settled };
}

it('a place is taken while there is one, and given to who has waited longest', async () => {
  const { places, inside, comes, settled } = placesFor({ now: 2 });
  expect(places.tryTake()).toBe(true);
  for (const who of ['a', 'b', 'c']) void comes(who);
  await settled();
  expect(inside).toEqual(['a']);
  expect(places.tryTake()).toBe(false);
  places.free();
  await settled();
  expect(inside).toEqual(['a', 'b']);
  expect(places.tryTake()).toBe(false);
});

it('a higher bound lets in who waits, a lower one lets out first', async () => {
  const most = { now: 1 };
  const { places, inside, comes, settled } = placesFor(most);
  for (const who of ['a', 'b', 'c']) void comes(who);
  most.now = 2;
  places.changed();
  await settled();
  expect(inside).toEqual(['a', 'b']);
  most.now = 1;
  places.free();
  await settled();
  expect(inside).toEqual(['a', 'b']);
  places.free();
  await settled();
  expect(inside).toEqual(['a', 'b', 'c']);
});
