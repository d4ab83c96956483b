import { type Collection, Long } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Mutation } from '../mutation.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { mutationOf, type OutboxEvent } from './outbox-event.js';

const MAX_ATTEMPTS = 3;
const RETRY_BASE_MS = 60_000;
let world: RealWorld;
let collection: Collection<OutboxEvent>;
beforeAll(async () => {
  world = await realWorld(4, {
    OUTBOX_MAX_ATTEMPTS: String(MAX_ATTEMPTS),
    OUTBOX_RETRY_BASE_MS: String(RETRY_BASE_MS),
  });
  collection = world.db.collection<OutboxEvent>('outbox');
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const set = (key: string, slot: number, version: number): Mutation => ({
  key,
  slot,
  version,
  op: 'set',
  value: `of ${version}`,
});
const due = async (slot: number, limit = 100, after = 0) =>
  (await world.outbox.due(slot, limit, after)).events;
const versions = (events: OutboxEvent[]) => events.map((event) => Number(event.version));

describe('adding', () => {
  it('twice leaves one event and is no error', async () => {
    expect(await world.outbox.add([set('a', 0, 1), set('b', 0, 2)])).toEqual(new Map());
    expect(await world.outbox.add([set('b', 0, 2), set('c', 0, 3)])).toEqual(new Map());
    expect(versions(await due(0))).toEqual([1, 2, 3]);
  });

  it('writes the fields of the guide, and the version as a long', async () => {
    const mutation: Mutation = {
      ...set('a', 0, 1_795_000_000_123_456),
      expireAt: 1_900_000_000_000,
      ttlSec: 5,
      sessionId: 's',
    };
    await world.outbox.add([{ ...mutation, fallbackReason: 'TIMEOUT' }]);
    const raw = await collection.findOne({}, { promoteLongs: false });
    expect(raw?.version).toEqual(Long.fromNumber(mutation.version));
    expect(raw).toMatchObject({
      _id: '0-1795000000123456',
      type: 'KVMutated',
      processed: false,
      attempts: 0,
      dead: false,
      payload: {
        key: 'a',
        op: 'set',
        value: 'of 1795000000123456',
        sessionId: 's',
        interactionId: null,
        fallbackReason: 'TIMEOUT',
      },
    });
    expect(raw?.ts).toBeInstanceOf(Date);
  });

  it.each([
    { key: 'a', slot: 0, version: 7, op: 'set', value: '', expireAt: 1_900_000_000_000, ttlSec: 5 },
    { key: 'a', slot: 0, version: 7, op: 'del' },
  ] as const)('gives the mutation back as it was: $op', async (mutation) => {
    await world.outbox.add([mutation]);
    const [event] = await due(0);
    expect(event && JSON.parse(JSON.stringify(mutationOf(event)))).toEqual(mutation);
  });
});

describe('what is due', () => {
  it('comes in version order, of the slot alone, up to the limit', async () => {
    await world.outbox.add([set('a', 1, 30), set('b', 1, 10), set('c', 2, 5), set('d', 1, 20)]);
    expect(versions(await due(1))).toEqual([10, 20, 30]);
    expect(versions(await due(1, 2))).toEqual([10, 20]);
    expect(versions(await due(1, 2, 10))).toEqual([20, 30]);
    expect(versions(await due(1, 2, 30))).toEqual([]);
  });

  it('says whether there may be more', async () => {
    await world.outbox.add([set('a', 1, 1), set('b', 1, 2)]);
    expect((await world.outbox.due(1, 2)).more).toBe(true);
    expect((await world.outbox.due(1, 3)).more).toBe(false);
    expect((await world.outbox.due(1, 2, 1)).more).toBe(false);
  });

  it('is read no further than one message of MongoDB holds', async () => {
    const large = 'x'.repeat(6_000_000);
    for (const version of [1, 2, 3, 4])
      await world.outbox.add([{ ...set(`k${version}`, 1, version), value: large }]);
    const { events, more } = await world.outbox.due(1, 100);
    expect(events.length).toBeLessThan(4);
    expect(more).toBe(true);
    const rest = await due(1, 100, Number(events.at(-1)?.version));
    expect(versions([...events, ...rest]).slice(0, 4)).toEqual(
      [1, 2, 3, 4].slice(0, events.length + rest.length),
    );
  });

  it('leaves out what is processed', async () => {
    await world.outbox.add([set('a', 1, 1), set('b', 1, 2)]);
    await world.outbox.markProcessed(['1-1']);
    expect(versions(await due(1))).toEqual([2]);
    expect(await collection.findOne({ _id: '1-1' })).toMatchObject({
      processed: true,
      processedAt: expect.any(Date),
    });
  });

  it('lets the value of what is processed, or discarded, go, and keeps that of all else', async () => {
    await world.outbox.add([set('a', 1, 1), set('b', 1, 2), set('c', 1, 3), set('d', 1, 4)]);
    await world.outbox.markProcessed(['1-1']);
    await collection.updateMany({ _id: { $in: ['1-2', '1-3'] } }, { $set: { dead: true } });
    await world.deadLetters.discard({ ids: ['1-2'] }, 1);
    const events = await collection.find().sort({ version: 1 }).toArray();
    expect(events.map(({ payload: { key, value } }) => [key, value])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['c', 'of 3'],
      ['d', 'of 4'],
    ]);
  });

  it('leaves out a failed event until its time has come', async () => {
    await world.outbox.add([set('a', 1, 1)]);
    const [event] = await due(1);
    if (event === undefined) throw new Error('no event');
    expect(await world.outbox.markFailed([{ event, reason: 'no' }])).toBe(0);
    expect(await due(1)).toEqual([]);
    expect(await world.outbox.dueHeads([0, 1])).toEqual(new Map());
    const failed = await collection.findOne({});
    expect(failed).toMatchObject({ attempts: 1, lastError: 'no', dead: false });
    const first = () => world.outbox.firstInLine(2).then((heads) => heads.get(1));
    const waiting = await first();
    expect(waiting).toMatchObject({ since: 0.001, due: false });
    await collection.updateOne({}, { $set: { retryAt: new Date() } });
    expect(versions(await due(1))).toEqual([1]);
    expect(await world.outbox.dueHeads([0, 1])).toEqual(new Map([[1, 1]]));
    const again = await first();
    expect(again).toMatchObject({ due: true });
    expect(again?.what).not.toBe(waiting?.what);
  });
});

describe('failures', () => {
  it('wait twice as long each time, and end as a dead letter', async () => {
    await world.outbox.add([set('a', 1, 1)]);
    const waits: number[] = [];
    const died: number[] = [];
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const event = await collection.findOne({});
      if (event === null) throw new Error('no event');
      const before = Date.now();
      died.push(await world.outbox.markFailed([{ event, reason: `failure ${attempt}` }]));
      const after = await collection.findOne({});
      waits.push(Math.floor(((after?.retryAt.getTime() ?? 0) - before) / RETRY_BASE_MS));
    }
    expect(waits).toEqual([1, 2, 4]);
    expect(died).toEqual([0, 0, 1]);
    expect(await collection.findOne({})).toMatchObject({
      dead: true,
      lastError: 'failure 3',
      processed: false,
    });
    expect([await world.outbox.countUnprocessed(10), await world.outbox.countDead(10)]).toEqual([0, 1]);
  });
});

describe('counts', () => {
  it('go no further than their limit', async () => {
    await world.outbox.add(Array.from({ length: 20 }, (_, index) => set(`${index}`, 0, index + 1)));
    expect(await world.outbox.countUnprocessed(5)).toBe(5);
    expect(await world.outbox.countUnprocessed(100)).toBe(20);
  });

  it('of events of an age leave out younger ones', async () => {
    await world.outbox.add(Array.from({ length: 3 }, (_, index) => set(`${index}`, 0, index + 1)));
    expect(await world.outbox.countUnprocessed(10, 60_000)).toBe(0);
    await expect.poll(() => world.outbox.countUnprocessed(10, 50)).toBe(3);
  });

  it('the slots that wait are named, each once', async () => {
    await world.outbox.add([set('a', 1, 1), set('b', 3, 1), set('c', 3, 2), set('d', 2, 1)]);
    await world.outbox.markProcessed(['2-1']);
    expect(await world.outbox.slotsWaiting(4)).toEqual([1, 3]);
    expect(await world.outbox.slotsWaiting(4, new Set([0, 3]))).toEqual([1]);
    expect(await world.outbox.slotsWaiting(4, new Set([0, 1, 2, 3]))).toEqual([]);
    expect(await world.outbox.slotsWaiting(3)).toEqual([1]);
  });
});

it('processed events go by a TTL index, and only what waits is in the index of what waits', async () => {
  const indexes = await collection.indexes();
  expect(indexes).toContainEqual(
    expect.objectContaining({ key: { processedAt: 1 }, expireAfterSeconds: 86_400 }),
  );
  const waiting = indexes.find(({ name }) => name === 'waiting_in_slot');
  expect(waiting?.partialFilterExpression).toEqual({ processed: false, dead: false });
  // A drain reads the events of its slot alone, in their order.
  expect(Object.keys(waiting?.key ?? {}).slice(0, 2)).toEqual(['slot', 'version']);
});
