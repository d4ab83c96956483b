import { type Collection, Decimal128, type Document, Long, ObjectId } from 'mongodb';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '../metrics/metrics.js';
import { drainSlot } from '../projection/drain-slot.js';
import { aSet } from '../testing/mutations.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { eventOf, type OutboxEvent } from './outbox-event.js';

const SLOTS = 2;
let world: RealWorld;
let collection: Collection<OutboxEvent>;
beforeAll(async () => {
  world = await realWorld(SLOTS);
  collection = world.db.collection('outbox');
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const sound = (): Document => eventOf(aSet('damaged', 5, { expireAt: 1_900_000_000_000 }), Date.now());
const withPayload = (part: Document): Document => ({ ...sound(), payload: { ...sound().payload, ...part } });
const without = (field: string): Document => {
  const { [field]: _, ...rest } = sound();
  return rest;
};

/** Drains a slot; what the drain counted. */
async function drained(slot: number): Promise<string> {
  const metrics = new Metrics('projector');
  const stores = { ...world, metrics, log: pino({ level: 'silent' }) };
  await drainSlot(slot, stores, { batch: 2, recoverAfterMs: 1000 }, new AbortController().signal);
  return metrics.registry.getSingleMetricAsString('hybrid_sync_dead_letters_total');
}

describe.each<[string, Document, RegExp]>([
  ['without a payload', without('payload'), /no payload/],
  ['with a text as payload', { ...sound(), payload: 'key' }, /no payload/],
  ['without a key', withPayload({ key: undefined }), /payload\.key/],
  ['with a number as key', withPayload({ key: 7 }), /payload\.key/],
  ['of an operation nobody knows', withPayload({ op: 'merge' }), /payload\.op/],
  ['of a set without a value', withPayload({ value: null }), /payload\.value/],
  ['of a set to a number', withPayload({ value: 7 }), /payload\.value/],
  ['that expires on no date', withPayload({ expireAt: 'soon' }), /payload\.expireAt/],
  ['with a list as session', withPayload({ sessionId: ['s'] }), /payload\.sessionId/],
  ['whose id is no text', { ...sound(), _id: new ObjectId() }, /no id/],
  ['in a list of slots', { ...sound(), slot: [0] }, /no slot/],
  ['of a list of versions', { ...sound(), version: [Long.fromNumber(5)] }, /no version/],
  ['of a version beyond safe integers', { ...sound(), version: Long.MAX_VALUE }, /no version/],
  ['of half a version', { ...sound(), version: 5.5 }, /no version/],
])('an event %s', (_, event, reason) => {
  it('is a dead letter with the reason, and all others of its slot are through', async () => {
    await collection.insertOne({ ...event } as OutboxEvent);
    await world.outbox.add([1, 2, 3, 6, 7].map((version) => aSet(`k${version}`, version)));
    expect(await drained(0)).toMatch(/ 1$/m);
    expect(await world.outbox.countUnprocessed(10)).toBe(0);
    for (const version of [1, 2, 3, 6, 7]) expect(await world.shadows.find(`k${version}`)).not.toBeNull();
    expect(await world.shadows.find('damaged')).toBeNull();
    const [letter, ...more] = await world.deadLetters.list({}, 10);
    expect([letter?.reason, more]).toEqual([expect.stringMatching(reason), []]);
  });
});

it('a page of nothing but damaged events ends no drain', async () => {
  await collection.insertMany(
    [1, 2, 3, 4].map((version) => ({ ...sound(), _id: `0-${version}`, version, payload: null })) as never,
  );
  await world.outbox.add([aSet('behind', 9)]);
  expect(await drained(0)).toMatch(/ 4$/m);
  expect(await world.shadows.find('behind')).not.toBeNull();
});

it.each([
  ['a slot that there is not', { slot: SLOTS }],
  ['a negative slot', { slot: -1 }],
  ['a text as slot', { slot: '0' }],
  ['no slot', { slot: undefined }],
  ['null as slot', { slot: null }],
  ['half a slot', { slot: 0.5 }],
  ['a list as slot', { slot: [] }],
  ['a number as text, which equals a slot', { slot: '1' }],
  ['a text as version', { version: 'v' }],
  ['NaN as version', { version: Number.NaN }],
  ['null as version', { version: null }],
  ['no version', { version: undefined }],
])('an event that no drain finds, of %s, is no work that waits for ever', async (_, part) => {
  await collection.insertOne({ ...sound(), ...part } as never, { ignoreUndefined: true });
  await world.outbox.add([aSet('a', 1)]);
  expect(await world.outbox.slotsWaiting(SLOTS)).toEqual([0]);
  expect([...(await world.outbox.firstInLine(SLOTS)).values()]).toMatchObject([{ since: 0.001 }]);
  expect((await world.outbox.oldestWaiting()).get(0)).toBe(1);
  expect(await world.deadLetters.giveUpUnreachable(SLOTS)).toBe(1);
  expect(await world.outbox.countUnprocessed(10)).toBe(1);
  expect(await world.deadLetters.list({}, 10)).toMatchObject([
    { reason: expect.stringContaining('no slot') },
  ]);
});

it('an event whose slot is a number of another type is given to its drain', async () => {
  await collection.insertOne({ ...sound(), slot: Decimal128.fromString('0') } as never);
  await world.outbox.add([aSet('b', 7)]);
  expect(await world.deadLetters.giveUpUnreachable(SLOTS)).toBe(0);
  expect(await world.outbox.countUnprocessed(10)).toBe(2);
});

it('a dead letter that is damaged can be requeued, is given up again, and can be discarded', async () => {
  await collection.insertOne(without('payload') as OutboxEvent);
  await drained(0);
  expect(await world.deadLetters.requeue({}, 10, 1000)).toEqual({ changed: 1, slots: new Set([0]) });
  await drained(0);
  expect((await world.deadLetters.discard({}, 10)).changed).toBe(1);
  expect(await world.deadLetters.list({}, 10)).toEqual([]);
});
