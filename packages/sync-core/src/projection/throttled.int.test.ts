import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Metrics } from '../metrics/metrics.js';
import type { OutboxEvent } from '../store/outbox-event.js';
import type { ShadowDocument } from '../store/shadow-document.js';
import { ShadowStore } from '../store/shadow-store.js';
import { failingCollection, type OperationErrors } from '../testing/failing-collection.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { drainSlot } from './drain-slot.js';

const THROTTLED = { code: 16_500, errmsg: 'Request rate is large' };
const BOUNDS = { batch: 10, recoverAfterMs: -1000 };

let world: RealWorld;
let throttled: Map<string, { code: number; errmsg: string }>;
beforeAll(async () => {
  world = await realWorld(1, { OUTBOX_MAX_ATTEMPTS: '2' });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.clear();
  throttled = new Map();
});

function drain(): Promise<void> {
  const collection = failingCollection(
    world.db.collection<ShadowDocument>('kv_shadow'),
    throttled as OperationErrors,
  );
  const stores = {
    ...world,
    shadows: new ShadowStore(collection, 1000),
    metrics: new Metrics('projector'),
    log: pino({ level: 'silent' }),
  };
  return drainSlot(0, stores, BOUNDS, new AbortController().signal);
}
const events = () => world.db.collection<OutboxEvent>('outbox').find().sort({ version: 1 }).toArray();
const stored = async (key: string) => (await world.shadows.find(key))?.lastValue;

async function written(...keys: string[]): Promise<void> {
  for (const key of keys) {
    const mutation = await world.cache.set({ key, value: `of ${key}` });
    await world.outbox.add([mutation]);
    await world.journal.remove([mutation]);
  }
}

it('a store that fails all operations costs events no attempt, and nothing is asked of it', async () => {
  await written('a', 'b');
  const before = await events();
  throttled = new Map(['a', 'b'].map((key) => [key, THROTTLED]));
  for (let time = 0; time < 4; time++) await expect(drain()).rejects.toThrow('MongoDB error 16500');
  expect(await events()).toEqual(before);
  throttled = new Map();
  await drain();
  expect([await stored('a'), await stored('b')]).toEqual(['of a', 'of b']);
});

it('a store that fails some of them holds up no other event, and costs none an attempt', async () => {
  await written('a', 'b', 'c');
  throttled = new Map([['b', THROTTLED]]);
  await expect(drain()).rejects.toThrow('MongoDB error 16500');
  expect((await events()).map(({ processed, attempts, dead }) => [processed, attempts, dead])).toEqual([
    [true, 0, false],
    [false, 0, false],
    [true, 0, false],
  ]);
  throttled = new Map();
  await expect
    .poll(async () => {
      await drain();
      return stored('b');
    })
    .toBe('of b');
});

it('an event that was counted before it was tried, since a projector had died, is not counted', async () => {
  await written('a');
  const [event] = await events();
  const version = Number(event?.version);
  throttled = new Map([['a', THROTTLED]]);
  for (let time = 0; time < 4; time++) {
    await world.marker.put(0, { source: 'outbox', from: version, to: version });
    await drain().catch(() => undefined);
  }
  expect((await events()).map(({ attempts, dead }) => [attempts, dead])).toEqual([[0, false]]);
});

it('journal entries stay, but for those that are through', async () => {
  for (const key of ['a', 'b', 'c']) await world.cache.set({ key, value: `of ${key}` });
  throttled = new Map([['b', THROTTLED]]);
  await expect(drain()).rejects.toThrow('MongoDB error 16500');
  expect(await world.journal.totalLength()).toBe(1);
  expect(await events()).toEqual([]);
  throttled = new Map();
  await drain();
  expect(await stored('b')).toBe('of b');
});
