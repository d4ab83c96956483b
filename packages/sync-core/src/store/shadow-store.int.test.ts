import { type Collection, Long, MongoBulkWriteError, type WriteError } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Mutation } from '../mutation.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import type { ShadowDocument } from './shadow-document.js';
import { ShadowStore } from './shadow-store.js';

let world: RealWorld;
let collection: Collection<ShadowDocument>;
beforeAll(async () => {
  world = await realWorld(1);
  collection = world.db.collection<ShadowDocument>('kv_shadow');
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const set = (key: string, version: number, value = `value ${version}`): Mutation => ({
  key,
  slot: 0,
  version,
  op: 'set',
  value,
});
const del = (key: string, version: number): Mutation => ({ key, slot: 0, version, op: 'del' });
const apply = (...mutations: Mutation[]) => world.shadows.apply(mutations, 'ASYNC_THREAD');
const versionOf = async (key: string) => Number((await world.shadows.find(key))?.version);

describe('a shadow never goes backwards', () => {
  it('takes a newer version', async () => {
    await apply(set('a', 1));
    expect(await apply(set('a', 2))).toMatchObject({ applied: 1, stale: 0 });
    expect(await world.shadows.find('a')).toMatchObject({ lastValue: 'value 2' });
  });

  it.each([
    ['an older version', 4],
    ['the same version again', 5],
  ])('counts %s as stale and leaves the shadow as it is', async (_, version) => {
    await apply(set('a', 5, 'newest'));
    const before = await world.shadows.find('a');
    expect(await apply(set('a', version, 'late'))).toMatchObject({ applied: 0, stale: 1, failed: new Map() });
    expect(await world.shadows.find('a')).toEqual(before);
  });

  it('writes only the newest of a key in one batch, and counts the others as coalesced', async () => {
    expect(await apply(set('a', 2), set('a', 3), set('a', 1), set('b', 1))).toMatchObject({
      applied: 2,
      stale: 0,
      coalesced: 2,
    });
    expect(await versionOf('a')).toBe(3);
  });

  it('does not bring a deleted key back with an older set', async () => {
    await apply(set('a', 1));
    await apply(del('a', 3));
    expect(await apply(set('a', 2))).toMatchObject({ applied: 0, stale: 1 });
    expect(await world.shadows.find('a')).toMatchObject({ deleted: true, lastValue: null });
  });

  it('brings it back with a newer one, with no trace of the tombstone', async () => {
    await apply(del('a', 1));
    await apply(set('a', 2));
    const shadow = await world.shadows.find('a');
    expect(shadow).not.toHaveProperty('deleted');
    expect(shadow).not.toHaveProperty('purgeAt');
  });

  it('ends with the newest version when many writers insert and replace the same keys at once', async () => {
    const writers = 12;
    const keys = Array.from({ length: 30 }, (_, index) => `race-${index}`);
    const results = await Promise.all(
      Array.from({ length: writers }, (_, writer) =>
        apply(...keys.map((key) => set(key, 1 + ((writer * 7) % writers)))),
      ),
    );
    for (const key of keys) expect(await versionOf(key)).toBe(writers);
    for (const { applied, stale, failed } of results) {
      expect(failed).toEqual(new Map());
      expect(applied + stale).toBe(keys.length);
    }
  });
});

describe('a duplicate key', () => {
  /** A server that, in the moment between filter and insert of the first write, sees another writer's insert. */
  function racing(other: Mutation): ShadowStore {
    let first = true;
    const collectionWithRace = new Proxy(collection, {
      get(target, name) {
        if (name !== 'bulkWrite' || !first) {
          const member: unknown = Reflect.get(target, name, target);
          return typeof member === 'function' ? member.bind(target) : member;
        }
        return async (...args: Parameters<typeof target.bulkWrite>) => {
          first = false;
          await apply(other);
          await target.bulkWrite(
            [{ insertOne: { document: { _id: other.key } as ShadowDocument } }, ...args[0]].slice(0, 1),
            { ordered: false },
          );
        };
      },
    });
    return new ShadowStore(collectionWithRace, 1000);
  }

  it('of another writer with an older version is tried again, and the newer version wins', async () => {
    const store = racing(set('a', 1));
    expect(await store.apply([set('a', 2)], 'ASYNC_THREAD')).toMatchObject({ applied: 1, stale: 0 });
    expect(await versionOf('a')).toBe(2);
  });

  it('of another writer with a newer version is stale', async () => {
    const store = racing(set('a', 3));
    expect(await store.apply([set('a', 2)], 'ASYNC_THREAD')).toMatchObject({ applied: 0, stale: 1 });
    expect(await versionOf('a')).toBe(3);
  });
});

describe('a mutation that the store refuses', () => {
  it('fails alone, with a reason', async () => {
    // Nothing within the limits makes a server refuse a single document, so the refusal is put in.
    const refusing = new Proxy(collection, {
      get(target, name) {
        if (name !== 'bulkWrite') return Reflect.get(target, name, target);
        return async (operations: Parameters<typeof target.bulkWrite>[0], options: object) => {
          const accepted = operations.filter((_, index) => index !== 1);
          const result = await target.bulkWrite(accepted, options);
          throw new MongoBulkWriteError(
            {
              message: 'refused',
              code: 2,
              writeErrors: [{ code: 2, index: 1, errmsg: 'Cannot store this' } as WriteError],
            },
            Object.assign(result, { getWriteConcernError: () => undefined }),
          );
        };
      },
    });
    const { applied, failed } = await new ShadowStore(refusing, 1000).apply(
      [set('a', 1), set('b', 1), set('c', 1)],
      'ASYNC_THREAD',
    );
    expect([applied, [...failed]]).toEqual([2, [['b', 'MongoDB error 2: Cannot store this']]]);
    expect(await versionOf('c')).toBe(1);
  });
});

describe('the document', () => {
  it('has the fields of the guide, and its version is a long', async () => {
    const version = 1_795_000_000_123_456;
    await world.shadows.apply(
      [
        {
          ...set('a', version, 'v'),
          expireAt: 1_900_000_000_000,
          ttlSec: 60,
          sessionId: 's',
          interactionId: 'i',
          fallbackReason: 'TIMEOUT',
        },
      ],
      'EVENT_BASED',
    );
    const raw = await collection.findOne({ _id: 'a' }, { promoteLongs: false });
    expect(raw?.version).toEqual(Long.fromNumber(version));
    expect(raw).toMatchObject({
      _id: 'a',
      lastValue: 'v',
      valueHash: '4c94485e0c21ae6c41ce1dfe7b6bfaceea5ab68e40a2476f50208e526f506080',
      lastWriteAt: new Date(1_795_000_000_123),
      expireAt: new Date(1_900_000_000_000),
      sessionId: 's',
      interactionId: 'i',
      metadata: { syncMethod: 'EVENT_BASED', ttlSec: 60, fallbackReason: 'TIMEOUT' },
    });
    expect(raw?.purgeAt?.getTime()).toBe(1_900_000_000_000 + world.settings.purgeGraceMs);
  });

  it('of a delete is kept for the grace period and then purged by the index', async () => {
    const before = Date.now();
    await apply(del('a', 1));
    const { purgeAt } = (await world.shadows.find('a')) ?? {};
    expect(purgeAt?.getTime()).toBeGreaterThanOrEqual(before + world.settings.purgeGraceMs);
    const indexes = await collection.indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { purgeAt: 1 }, expireAfterSeconds: 0 }));
  });
});

describe('pages of shadows', () => {
  const keys = Array.from({ length: 25 }, (_, index) => `key-${String(index).padStart(2, '0')}`);
  const pagesOf = async (prefix: string, limit: number) => {
    const pages: string[][] = [];
    let after: string | undefined;
    do {
      const page = await world.shadows.page(prefix, after, limit);
      pages.push(page.shadows.map((shadow) => shadow._id));
      after = page.after;
    } while (after !== undefined);
    return pages;
  };

  it('hold all of them in the order of their keys', async () => {
    await apply(...keys.map((key) => set(key, 1)));
    expect(await pagesOf('', 10)).toEqual([keys.slice(0, 10), keys.slice(10, 20), keys.slice(20)]);
  });

  it('hold those of a prefix only', async () => {
    await apply(...keys.map((key) => set(key, 1)), set('key', 1), set('kez', 1), set('key-1*', 1));
    expect(await pagesOf('key-1', 4)).toEqual([
      ['key-1*', ...keys.slice(10, 13)],
      keys.slice(13, 17),
      keys.slice(17, 20),
    ]);
    expect(await pagesOf('none', 4)).toEqual([[]]);
  });

  it('hold no more than one message does', async () => {
    const large = 'x'.repeat(1_048_576);
    for (const key of keys) await apply({ ...set(key, 1), value: large });
    const pages = await pagesOf('', 1000);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat()).toEqual(keys);
  });
});

it('names the keys that have no shadow, tombstones being shadows', async () => {
  await apply(set('a', 1), del('b', 1));
  expect(await world.shadows.without(['a', 'b'])).toEqual([]);
  expect(await world.shadows.without(['x', 'a', 'y', 'b'])).toEqual(['x', 'y']);
});

it('tells the highest version of each slot, a part of the shadows at a time', async () => {
  await apply({ ...set('a', 5), slot: 0 }, { ...set('b', 9), slot: 1 }, { ...set('c', 7), slot: 1 });
  const first = await world.shadows.highestVersions(undefined, 2);
  expect(first).toEqual({
    versions: new Map([
      [0, 5],
      [1, 9],
    ]),
    shadows: 2,
    after: 'b',
  });
  expect(await world.shadows.highestVersions('b', 2)).toEqual({
    versions: new Map([[1, 7]]),
    shadows: 1,
    after: undefined,
  });
  expect(await world.shadows.highestVersions('c', 2)).toMatchObject({ shadows: 0, after: undefined });
});
