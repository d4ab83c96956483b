import { expect, it, vi } from 'vitest';
import { deferred } from '../testing/deferred.js';
import { aSet } from '../testing/mutations.js';
import { applyInParts } from './apply-in-parts.js';
import { Places } from './places.js';

const NOTHING_FAILED = { stale: 0, failed: new Map<string, string>() };
const batchOf = (size: number) => Array.from({ length: size }, (_, n) => aSet(`k${n}`, n + 1));
/** Places of which the batch has one, others some, and so many are free. */
function placesWith(free: number, others = 0): Places {
  const places = new Places(() => free + others + 1);
  for (let taken = 0; taken <= others; taken++) places.tryTake();
  return places;
}
/** How many are free. */
function freeOf(places: Places): number {
  let free = 0;
  while (places.tryTake()) free++;
  return free;
}

it.each([
  ['a small batch', 99, 9, 0, [99]],
  ['an empty one', 0, 9, 0, [0]],
  ['one without a free place', 500, 0, 0, [500]],
  ['a large one', 101, 9, 0, [51, 50]],
  ['a larger one', 256, 9, 0, [128, 128]],
  ['a large one beside another', 256, 9, 1, [256]],
] as const)(
  '%s is applied in two parts of at least 50, or whole where something is under way',
  async (_, size, free, others, parts) => {
    const places = placesWith(free, others);
    const apply = vi.fn(async (_part: readonly unknown[]) => NOTHING_FAILED);
    await applyInParts(batchOf(size), apply, places, () => undefined);
    expect(apply.mock.calls.map(([part]) => part.length)).toEqual(parts);
    expect(freeOf(places)).toBe(free);
  },
);

it('each part is told of as it returns, but for what was refused in it', async () => {
  const first = deferred<typeof NOTHING_FAILED>();
  const second = deferred<typeof NOTHING_FAILED>();
  const calls = [first, second];
  const told: string[] = [];
  const result = applyInParts(
    batchOf(100),
    () => calls.shift()?.promise ?? Promise.reject(new Error('a part too many')),
    placesWith(1),
    (keys) => told.push(...keys),
  );
  second.resolve({ stale: 2, failed: new Map([['k99', 'no']]) });
  await vi.waitFor(() => expect(told).toHaveLength(49));
  expect(told).toContain('k50');
  expect(told).not.toContain('k99');
  first.resolve({ stale: 1, failed: new Map([['k0', 'no']]) });
  expect(await result).toEqual({
    stale: 3,
    failed: [
      ['k0', 'no'],
      ['k99', 'no'],
    ],
  });
});

it('a part that fails ends the batch once the others have ended, and gives its place back', async () => {
  const places = placesWith(1);
  const slow = deferred<typeof NOTHING_FAILED>();
  const calls = [slow.promise, Promise.reject(new Error('away'))];
  const told = vi.fn();
  const result = applyInParts(batchOf(100), () => calls.shift() ?? slow.promise, places, told);
  const ended = vi.fn();
  result.then(ended, ended);
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).not.toHaveBeenCalled();
  slow.resolve(NOTHING_FAILED);
  await expect(result).rejects.toThrow('away');
  expect(told).toHaveBeenCalledTimes(1);
  expect(freeOf(places)).toBe(1);
});
