import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { slotOf } from '../cache/keys.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { browse } from './browse.js';
import { keyHistory } from './key-history.js';

const SLOTS = 4;
const MEGABYTE = 'é'.repeat(500_000);
let world: RealWorld;
beforeAll(async () => {
  world = await realWorld(SLOTS);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

/** A set whose shadow is there. */
async function synced(key: string, value = key, sessionId?: string) {
  const mutation = await world.cache.set({ key, value, sessionId });
  await world.shadows.apply([mutation], 'ASYNC_THREAD');
  return mutation;
}

describe('the history of a key', () => {
  it('has its versions from shadow, outbox, journal and cache, one entry each, newest first', async () => {
    const first = await world.cache.set({ key: 'a', value: '1', sessionId: 'ada' });
    await world.outbox.add([{ ...first, fallbackReason: 'HIGH_LOAD' }]);
    const second = await world.cache.set({ key: 'a', value: '2' });
    await world.outbox.add([second]);
    await world.db.collection<{ _id: string }>('outbox').updateOne(
      { _id: `${second.slot}-${second.version}` },
      {
        $set: { dead: true, attempts: 8, lastError: 'MongoDB error 2' },
      },
    );
    const third = await world.cache.set({ key: 'a', value: '3', sessionId: 'bob' });
    await world.shadows.apply([first], 'EVENT_BASED');
    await world.cache.set({ key: 'b', value: 'another key' });

    const { versions, complete, slot } = await keyHistory(world, 'a');
    expect(slot).toBe(slotOf('a', SLOTS));
    expect(complete).toBe(true);
    expect(versions).toMatchObject([
      { version: third.version, places: ['journal', 'cache'], op: 'set', sessionId: 'bob' },
      { version: second.version, places: ['dead', 'journal'], attempts: 8, lastError: 'MongoDB error 2' },
      {
        version: first.version,
        places: ['shadow', 'waiting', 'journal'],
        method: 'EVENT_BASED',
        fallbackReason: 'HIGH_LOAD',
        sessionId: 'ada',
      },
    ]);
    expect(versions).toHaveLength(3);
  });

  it('says so where the journal is too long to be looked through whole', async () => {
    await world.cache.set({ key: 'a', value: '1' });
    const others = Array.from({ length: 1100 * SLOTS }, (_, index) => `other-${index}`);
    await Promise.all(others.map((key) => world.cache.set({ key, value: 'v' })));
    const { versions, complete } = await keyHistory(world, 'a');
    expect(complete).toBe(false);
    expect(versions).toMatchObject([{ places: ['cache'] }]);
  });

  it('tells of a document in the place of the shadow that is none, and of a key that nobody knows', async () => {
    await world.db.collection<{ _id: string }>('kv_shadow').insertOne({ _id: 'a' });
    expect(await keyHistory(world, 'a')).toMatchObject({ foreign: true, shadow: undefined, versions: [] });
    expect(await keyHistory(world, 'no one')).toMatchObject({ foreign: false, versions: [], complete: true });
  });
});

describe('browsing', () => {
  const page = (options: Partial<Parameters<typeof browse>[1]> = {}) =>
    browse(world, { side: 'shadow', prefix: '', cursor: undefined, limit: 50, previewBytes: 10, ...options });

  it("lists the shadow store's keys in their order, page by page, with what the cache has of them", async () => {
    for (const key of ['user:1', 'user:2', 'user:3', 'cart:1']) await synced(key);
    await world.cache.delete('user:2');
    const first = await page({ prefix: 'user:', limit: 2 });
    expect(first.keys.map(({ key, pair }) => [key, pair?.preview])).toEqual([
      ['user:1', 'user:1'],
      ['user:2', undefined],
    ]);
    expect(first.keys[1]?.shadow).toMatchObject({ metadata: { syncMethod: 'ASYNC_THREAD' } });
    const second = await page({ prefix: 'user:', limit: 2, cursor: first.cursor });
    expect(second.keys.map(({ key }) => key)).toEqual(['user:3']);
    expect(second.cursor).toBeUndefined();
  });

  it("lists the cache's keys, also those without a shadow", async () => {
    const shadowed = await synced('user:1');
    await world.cache.set({ key: 'user:9', value: 'new' });
    const found = new Map<string, number>();
    let cursor: string | undefined;
    // The Redis may hold much of others.
    do {
      const part = await page({ side: 'cache', prefix: 'user:', limit: 1000, cursor });
      for (const { key, shadow } of part.keys) found.set(key, Number(shadow?.version));
      cursor = part.cursor;
    } while (cursor !== undefined);
    expect(found).toEqual(
      new Map([
        ['user:1', shadowed.version],
        ['user:9', Number.NaN],
      ]),
    );
  });

  it('shows the beginning of a large value, cut between characters, and its length', async () => {
    await synced('large', `x${MEGABYTE}`);
    const [{ pair } = {}] = (await page()).keys;
    expect(pair).toMatchObject({ preview: 'xéééé', bytes: 1_000_001, cut: true });
  });
});
