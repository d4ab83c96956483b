import { type Collection, Long } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { aDelete, aSet } from '../testing/mutations.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import type { Outbox } from './outbox.js';
import { eventOf, type OutboxEvent } from './outbox-event.js';

const FIVE_MINUTES = 300_000;
let world: RealWorld;
let collection: Collection<OutboxEvent>;
beforeAll(async () => {
  world = await realWorld(1, { OUTBOX_MAX_ATTEMPTS: '3', OUTBOX_RETRY_BASE_MS: '60000' });
  collection = world.db.collection('outbox');
});
afterAll(() => world.stop());
beforeEach(() => world.clear());
afterEach(() => void vi.useRealTimers());

const ids = async (outbox: Outbox = world.outbox) => (await outbox.due(0, 10)).events.map(({ _id }) => _id);
/** Within a minute of a moment: clocks that are five apart are told from each other. */
const about = (date: Date | undefined, time: number) => Math.abs(Number(date) - time) < FIVE_MINUTES / 5;

describe.each([
  ['ahead', FIVE_MINUTES],
  ['behind', -FIVE_MINUTES],
])('a process whose clock is five minutes %s', (_, by) => {
  /** What is done now is done by such a process, whose store has said its time before. */
  const withWrongClock = () => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + by });

  it('writes events that are due at once for any other, one of 0.1.0 included', async () => {
    withWrongClock();
    await world.outbox.add([aSet('a')]);
    vi.useRealTimers();
    expect(await ids()).toEqual(['0-1']);
    expect(await collection.countDocuments({ retryAt: { $lte: new Date(Date.now() - 86_400_000) } })).toBe(1);
  });

  it('stamps events, retries, dead letters and tombstones with the time of the store', async () => {
    const [now, { purgeGraceMs }] = [Date.now(), world.settings];
    withWrongClock();
    await world.outbox.add([aSet('a', 1), aSet('b', 2), aSet('c', 3)]);
    const [a, b, c] = (await world.outbox.due(0, 10)).events;
    if (a === undefined || b === undefined || c === undefined) throw new Error('not all are due');
    await world.outbox.markFailed([{ event: a, reason: 'no' }]);
    await world.outbox.markProcessed([b._id]);
    await collection.updateOne({ _id: c._id }, { $set: { dead: true, lastError: 'no' } });
    await world.deadLetters.requeue({ ids: [c._id] }, 1, 1);
    await world.shadows.apply([aDelete('d')], 'ASYNC_THREAD');
    vi.useRealTimers();
    const [failed, processed, requeued] = await collection.find().sort({ version: 1 }).toArray();
    expect(about(failed?.ts, now)).toBe(true);
    expect(about(failed?.retryAt, now + 60_000)).toBe(true);
    expect(about(processed?.processedAt, now)).toBe(true);
    expect(about(requeued?.retryAt, now)).toBe(true);
    expect(about((await world.shadows.find('d'))?.purgeAt, now + purgeGraceMs)).toBe(true);
  });

  it('judges what others wrote by the time of the store', async () => {
    await world.outbox.add([aSet('a', 1), aSet('b', 2)]);
    const [event] = (await world.outbox.due(0, 1)).events;
    if (event === undefined) throw new Error('no event');
    await world.outbox.markFailed([{ event, reason: 'no' }]);
    // The store's time is known to a second or so: a heartbeat may have been on its way for that long.
    await collection.updateMany({}, { $set: { ts: new Date(Date.now() - 20_000) } });
    withWrongClock();
    expect(await ids()).toEqual(['0-2']);
    expect(await world.outbox.countUnprocessed(10, 10_000)).toBe(2);
    expect(await world.outbox.countUnprocessed(10, FIVE_MINUTES / 2)).toBe(0);
  });
});

it('an event that a pod of 0.1.0 wrote by a clock that is ahead is due at once', async () => {
  const event = { ...eventOf(aSet('a'), Date.now()), version: Long.fromNumber(1) };
  await collection.insertOne({ ...event, retryAt: new Date(Date.now() + FIVE_MINUTES) });
  expect(await ids()).toEqual(['0-1']);
});
