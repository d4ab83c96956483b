import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { MongoStore } from './mongo-store.js';

let world: RealWorld;
beforeAll(async () => {
  world = await realWorld(1);
});
afterAll(() => world.stop());

/** Prepares the database as a process does at its start, with these settings. */
async function startWith(settings: Partial<RealWorld['settings']>): Promise<void> {
  const store = new MongoStore({ ...world.settings, ...settings }, 'test');
  try {
    await store.ensureIndexes();
  } finally {
    await store.stop();
  }
}

const retentionSec = async () =>
  (await world.db.collection('outbox').indexes()).find(({ name }) => name === 'retention')
    ?.expireAfterSeconds;

describe('the indexes', () => {
  it('are made once, whoever else makes them in the same moment', async () => {
    const names = async () => (await world.db.collection('outbox').indexes()).map(({ name }) => name).sort();
    const before = await names();
    await Promise.all([startWith({}), startWith({}), startWith({})]);
    expect(await names()).toEqual(before);
  });

  it('follow a retention that was changed: MongoDB refuses to make such an index anew', async () => {
    await startWith({ outboxRetentionMs: 7_200_000 });
    expect(await retentionSec()).toBe(7200);
    await startWith({ outboxRetentionMs: 3_600_500 });
    expect(await retentionSec()).toBe(3601);
  });
});
