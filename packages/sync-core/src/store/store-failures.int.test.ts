import { type Collection, Long } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failingCollection, type OperationErrors } from '../testing/failing-collection.js';
import { aSet } from '../testing/mutations.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Outbox } from './outbox.js';
import type { OutboxEvent } from './outbox-event.js';
import type { ShadowDocument } from './shadow-document.js';
import { ShadowStore } from './shadow-store.js';
import { StoreFailingError } from './write-errors.js';

let world: RealWorld;
let shadows: Collection<ShadowDocument>;
let events: Collection<OutboxEvent>;
beforeAll(async () => {
  world = await realWorld(1);
  shadows = world.db.collection('kv_shadow');
  events = world.db.collection('outbox');
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const of = (ids: readonly string[], code: number): OperationErrors =>
  new Map(ids.map((id) => [id, { code, errmsg: `said of ${id}` }]));
const failureOf = async (promise: Promise<unknown>) => {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof StoreFailingError) return outcome;
  throw new Error('it did not fail as a whole', { cause: outcome });
};

/** Throttled, shutting down, stepped down, not permitted, out of time, out of disk, in conflict, not known. */
const OF_THE_STORE = [16_500, 91, 189, 13, 50, 14_031, 112, 8, 1, 4711];
/** Refused by a validator, too large, of a bad value, with a key too long for an index. */
const OF_THE_DOCUMENT = [121, 10_334, 2, 17_280];

describe.each(OF_THE_STORE)('error %i of single operations', (code) => {
  it("is the store's: applying fails as a whole, and says which keys are not known to be through", async () => {
    const store = new ShadowStore(failingCollection(shadows, of(['b'], code)), 1000);
    await store.apply([aSet('c', 5)], 'ASYNC_THREAD');
    const writes = [aSet('a', 1), aSet('b', 1), aSet('c', 1)];
    const { held, partly, message } = await failureOf(store.apply(writes, 'ASYNC_THREAD'));
    expect({ held: [...held].sort(), partly }).toEqual({ held: ['b'], partly: true });
    expect(message).toContain(`MongoDB error ${code}`);
  });

  it("is the store's: adding events fails as a whole", async () => {
    const outbox = new Outbox(failingCollection(events, of(['0-2'], code)), () => world.settings);
    const { held } = await failureOf(outbox.add([aSet('a', 1), aSet('b', 2)]));
    expect([...held]).toEqual(['b']);
  });
});

it.each(OF_THE_DOCUMENT)('error %i is about the document: it fails alone', async (code) => {
  const store = new ShadowStore(failingCollection(shadows, of(['b'], code)), 1000);
  const { applied, failed } = await store.apply([aSet('a', 1), aSet('b', 1)], 'ASYNC_THREAD');
  expect([applied, [...failed]]).toEqual([1, [['b', `MongoDB error ${code}: said of b`]]]);
  const outbox = new Outbox(failingCollection(events, of(['0-2'], code)), () => world.settings);
  expect([...(await outbox.add([aSet('a', 1), aSet('b', 2)])).keys()]).toEqual(['b']);
});

it('a batch of which nothing is through says so', async () => {
  const store = new ShadowStore(failingCollection(shadows, of(['a', 'b'], 16_500)), 1000);
  expect(await failureOf(store.apply([aSet('a', 1), aSet('b', 1)], 'ASYNC_THREAD'))).toMatchObject({
    partly: false,
  });
});

it('a refusal of a document is told beside the failure of the store', async () => {
  const errors = new Map([...of(['a'], 16_500), ...of(['b'], 121)]);
  const store = new ShadowStore(failingCollection(shadows, errors), 1000);
  const writes = [aSet('a', 1), aSet('b', 1), aSet('c', 1)];
  const { held, failed } = await failureOf(store.apply(writes, 'ASYNC_THREAD'));
  expect([[...held], [...failed.keys()]]).toEqual([['a'], ['b']]);
});

it('an event that is put off has the attempts it had, and is due again a little later', async () => {
  await world.outbox.add([aSet('a', 1)]);
  const [event] = (await world.outbox.due(0, 1)).events;
  if (event === undefined) throw new Error('no event');
  await world.outbox.markFailed([{ event, reason: 'counted before it was tried' }]);
  await world.outbox.putOff([event], 'throttled');
  expect(await events.findOne({ _id: '0-1' })).toMatchObject({
    attempts: 0,
    dead: false,
    lastError: 'throttled',
    version: Long.fromNumber(1).toNumber(),
  });
  expect((await world.outbox.due(0, 1)).events).toEqual([]);
  await expect.poll(async () => (await world.outbox.due(0, 1)).events.length).toBe(1);
});
