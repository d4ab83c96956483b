import { type Collection, Decimal128, type Document, Long, ObjectId } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { memoryWorld } from '../testing/memory-world.js';
import { aSet } from '../testing/mutations.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import type { OutboxEvent } from './outbox-event.js';
import { FOREIGN_DOCUMENT, isShadow, type ShadowDocument } from './shadow-document.js';

let world: RealWorld;
let shadows: Collection<Document & { _id: string }>;
let events: Collection<OutboxEvent>;
beforeAll(async () => {
  world = await realWorld(1);
  shadows = world.db.collection('kv_shadow');
  events = world.db.collection('outbox');
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const VERSION = 1_795_000_000_123_456;
const apply = (...mutations: Parameters<typeof world.shadows.apply>[0]) =>
  world.shadows.apply(mutations, 'ASYNC_THREAD');
const LOWER = Long.fromNumber(VERSION - 1);
const HIGHER = Long.fromNumber(VERSION + 1);

const FOREIGN: [string, Document][] = [
  ['without a version', { foo: 1 }],
  ['with nothing but a lower version', { version: LOWER }],
  ['with nothing but a higher version', { version: HIGHER }],
  ['with a text as version', { version: 'text', slot: 0, lastValue: 'x' }],
  ['with null as version', { version: null, slot: 0, lastValue: 'x' }],
  ['with a list of lower versions', { version: [LOWER], slot: 0, lastValue: 'x' }],
  ['with a list of higher versions', { version: [HIGHER], slot: 0, lastValue: 'x' }],
  ['with NaN as version', { version: Number.NaN, slot: 0, lastValue: 'x' }],
  ['with infinity as version', { version: Number.POSITIVE_INFINITY, slot: 0, lastValue: 'x' }],
  ['with a lower decimal', { version: Decimal128.fromString('1'), slot: 0, lastValue: 'x' }],
  ['with a higher decimal', { version: Decimal128.fromString('1e30'), slot: 0, lastValue: 'x' }],
  ['with a version beyond safe integers', { version: Long.MAX_VALUE, slot: 0, lastValue: 'x' }],
  ['with a double beyond safe integers', { version: 1e300, slot: 0, lastValue: 'x' }],
  ['with a negative version', { version: -1, slot: 0, lastValue: 'x' }],
  ['with a higher version that is no whole number', { version: VERSION + 1.5, slot: 0, lastValue: 'x' }],
  ['with a date as version', { version: new Date(), slot: 0, lastValue: 'x' }],
  ['with a number as value', { version: LOWER, slot: 0, lastValue: 42 }],
  ['with a list as value', { version: LOWER, slot: 0, lastValue: ['x'] }],
  ['with a text as slot', { version: LOWER, slot: '0', lastValue: 'x' }],
  [
    'of a higher version that expires on no date',
    { version: HIGHER, slot: 0, lastValue: 'x', expireAt: 'soon' },
  ],
];

describe.each(FOREIGN)('a document %s at a place of kv_shadow', (_, document) => {
  beforeEach(async () => {
    await shadows.insertOne({ _id: 'q', ...document });
  });

  it('is no shadow: the mutation is refused by name, and the document is left as it is', async () => {
    const before = await shadows.findOne({ _id: 'q' }, { promoteValues: false });
    const { applied, stale, failed } = await apply(aSet('q', VERSION), aSet('other', VERSION));
    expect({ applied, stale, failed: [...failed] }).toEqual({
      applied: 1,
      stale: 0,
      failed: [['q', FOREIGN_DOCUMENT]],
    });
    expect(await shadows.findOne({ _id: 'q' }, { promoteValues: false })).toEqual(before);
    expect(isShadow((await shadows.findOne({ _id: 'q' })) ?? {})).toBe(false);
  });

  it('has no version: none is told, waited for, or taken for the highest of a slot', async () => {
    await apply(aSet('other', 5));
    if (!('expireAt' in document)) {
      expect(await world.shadows.versionsOf(['q', 'other'])).toEqual(new Map([['other', 5]]));
      expect((await world.shadows.highestVersions(undefined, 10)).versions).toEqual(new Map([[0, 5]]));
    }
    expect(await world.shadows.without(['q'])).toEqual([]);
  });

  it('is not listed among the shadows', async () => {
    const pages = [world.shadows.listed('', undefined, 10), world.shadows.heads('', undefined, 10)];
    for (const { shadows: listed } of await Promise.all(pages)) expect(listed).toEqual([]);
    expect(await world.shadows.listedOf(['q'])).toEqual([]);
  });
});

it('a document whose id is no text stands for no key', async () => {
  const foreign = world.db.collection<{ _id: unknown }>('kv_shadow');
  await foreign.insertMany([{ _id: new ObjectId() }, { _id: 7 }, { _id: { key: 'a' } }] as never);
  await apply(aSet('a', 5));
  expect((await world.shadows.page('', undefined, 10)).shadows.map(({ _id }) => _id)).toEqual(['a']);
  expect((await world.shadows.highestVersions(undefined, 10)).versions).toEqual(new Map([[0, 5]]));
});

it('a document with nothing but its id is nothing, and becomes the shadow', async () => {
  await shadows.insertOne({ _id: 'q' });
  expect(await apply(aSet('q', VERSION))).toMatchObject({ applied: 1, failed: new Map() });
});

it('what looks like an expression of the store is a key or a value like any other', async () => {
  await apply(aSet('$version', 5, { value: '$slot' }));
  expect(await apply(aSet('$version', 6, { value: '$$ROOT' }))).toMatchObject({ applied: 1 });
  expect(await world.shadows.find('$version')).toMatchObject({ lastValue: '$$ROOT' });
});

it.each([
  ['a long', Long.fromNumber(7)],
  ['an integer', 7],
  ['a double', VERSION - 1],
])('a shadow whose version is %s is replaced, and a late mutation is stale', async (_, version) => {
  await shadows.insertOne({ _id: 'q', slot: 0, lastValue: 'x', version });
  expect(await apply(aSet('q', 5))).toMatchObject({ applied: 0, stale: 1, failed: new Map() });
  expect(await apply(aSet('q', VERSION))).toMatchObject({ applied: 1, stale: 0, failed: new Map() });
});

it('the stores in memory refuse such a document as the real ones do', async () => {
  const memory = memoryWorld(1);
  for (const stores of [memory, world]) {
    await stores.shadows.apply([aSet('q', 7)], 'ASYNC_THREAD');
    const [shadow] = await stores.shadows.findMany(['q']);
    const spoilt = { ...shadow, version: Number.NaN } as ShadowDocument;
    if (stores === world) await shadows.replaceOne({ _id: 'q' }, spoilt);
    else Object.assign(shadow ?? {}, spoilt);
    const { applied, stale, failed } = await stores.shadows.apply([aSet('q', VERSION)], 'ASYNC_THREAD');
    expect([applied, stale, [...failed]]).toEqual([0, 0, [['q', FOREIGN_DOCUMENT]]]);
  }
});

describe("a unique index of someone's own", () => {
  const inSession = (key: string, version: number) => aSet(key, version, { sessionId: 's1' });

  it('on kv_shadow: whose key is there already is refused, with the name of the index', async () => {
    await shadows.createIndex(
      { sessionId: 1 },
      { name: 'one_session', unique: true, partialFilterExpression: { sessionId: { $exists: true } } },
    );
    try {
      const { applied, failed } = await apply(inSession('a', 1), inSession('b', 1), aSet('c', 1));
      expect(applied).toBe(2);
      expect([...failed]).toEqual([['b', expect.stringContaining('unique index "one_session"')]]);
      expect(await world.shadows.find('b')).toBeNull();
      // Also where the key has a shadow already.
      expect([...(await apply(inSession('c', 2))).failed.keys()]).toEqual(['c']);
      expect(await world.shadows.find('c')).toMatchObject({ lastValue: 'c at 1' });
      // A late one of the key that has the session is stale, not refused.
      expect(await apply(inSession('a', 1))).toMatchObject({ stale: 1, failed: new Map() });
    } finally {
      await shadows.dropIndex('one_session');
    }
  });

  it('on the outbox: so is an event, whereas one that is there already is none', async () => {
    await events.createIndex(
      { 'payload.sessionId': 1 },
      {
        name: 'one_session',
        unique: true,
        partialFilterExpression: { 'payload.sessionId': { $type: 'string' } },
      },
    );
    try {
      expect(await world.outbox.add([inSession('a', 1)])).toEqual(new Map());
      expect(await world.outbox.add([inSession('a', 1)])).toEqual(new Map());
      const refused = await world.outbox.add([inSession('b', 2), aSet('c', 3)]);
      expect([...refused]).toEqual([['b', expect.stringContaining('unique index "one_session"')]]);
      expect((await world.outbox.due(0, 10)).events.map(({ _id }) => _id)).toEqual(['0-1', '0-3']);
    } finally {
      await events.dropIndex('one_session');
    }
  });
});

it("a document of someone else at an event's place is not taken for the event", async () => {
  await events.insertMany([{ _id: '0-1', foo: 1 }, { _id: '0-2' }] as never);
  const refused = await world.outbox.add([aSet('a', 1), aSet('b', 2), aSet('c', 3)]);
  expect([...refused.keys()]).toEqual(['a', 'b']);
});
