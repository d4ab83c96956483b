import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type RealWorld, realWorld } from '../testing/real-world.js';

const SLOTS = 4;
let world: RealWorld;
beforeAll(async () => {
  world = await realWorld(SLOTS);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const KEYS = Array.from({ length: 20 }, (_, index) => `key-${index}`);
const writeAll = () => Promise.all(KEYS.map((key) => world.cache.set({ key, value: key })));

it('gives only entries older than the time asked for, oldest first, up to the limit', async () => {
  const mutations = await writeAll();
  const inSlot = mutations
    .filter(({ slot }) => slot === mutations[0]?.slot)
    .sort((a, b) => a.version - b.version);
  const slot = inSlot[0]?.slot ?? 0;
  const later = (await world.journal.now(0)) + 1;
  expect(await world.journal.overdue(slot, later, 100)).toMatchObject(
    inSlot.map(({ version }) => ({ version })),
  );
  expect(await world.journal.overdue(slot, later, 2)).toMatchObject(
    inSlot.slice(0, 2).map(({ version }) => ({ version })),
  );
  expect(await world.journal.overdue(slot, later - 60_000, 100)).toEqual([]);
});

it('names the slots with something overdue, and no others', async () => {
  const mutation = await world.cache.set({ key: 'a', value: 'v' });
  expect(await world.journal.slotsOverdue(-1)).toEqual(new Map([[mutation.slot, mutation.version]]));
  expect(await world.journal.slotsOverdue(60_000)).toEqual(new Map());
});

it('tells for how long a slot has begun with the same entry, whatever else it holds', async () => {
  const { slot, version } = await world.cache.set({ key: 'a', value: 'v' });
  expect((await world.journal.depth()).sameHeadMs).toBe(0);
  await expect.poll(async () => (await world.journal.depth()).sameHeadMs).toBeGreaterThan(20);
  await world.cache.set({ key: 'a', value: 'w' });
  expect((await world.journal.depth()).sameHeadMs).toBeGreaterThan(20);
  await world.journal.remove([{ slot, version }]);
  expect((await world.journal.depth()).sameHeadMs).toBe(0);
});

it('removes entries of many slots at once, and nothing when asked twice', async () => {
  const mutations = await writeAll();
  expect(new Set(mutations.map(({ slot }) => slot)).size).toBe(SLOTS);
  expect(await world.journal.totalLength()).toBe(KEYS.length);
  await world.journal.remove(mutations.slice(0, 15));
  await world.journal.remove(mutations.slice(0, 15));
  expect(await world.journal.totalLength()).toBe(5);
});

it('gives back what was written, whatever its characters', async () => {
  const key = 'ключ\n\0"{0}"\u{1F511}';
  await world.cache.set({ key, value: key });
  const [slot = 0] = (await world.journal.slotsOverdue(-1)).keys();
  expect(await world.journal.overdue(slot, (await world.journal.now(0)) + 1, 1)).toMatchObject([
    { key, value: key },
  ]);
});
