import { ServiceLine } from '@hybrid-sync/services/line';
import { Collection, type Document, MongoClient, MongoServerError } from 'mongodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RefusedByServiceError } from '../errors.js';
import { DatabaseRefusedError, IndexConflictError, LayoutMismatchError } from '../permanent-errors.js';
import { DEFAULT_SLOTS, ownershipTests } from '../testing/ownership-tests.js';

const own = ownershipTests();

const foreignEvent = (): Document => ({ processed: true, processedAt: new Date(Date.now() - 172_800_000) });

describe('after FLUSHALL', () => {
  it('another slot count is own.refused, and leaves nothing in Redis', async () => {
    await own.prove();
    await own.admin.flushall();
    const error = await own.refused({ HYBRID_SYNC_SLOTS: '8' });
    expect(error).toBeInstanceOf(LayoutMismatchError);
    expect(String(error)).toMatch(/MongoDB holds data .* set HYBRID_SYNC_SLOTS=4/);
    expect(await own.admin.exists('prod:meta')).toBe(0);
  });

  it('the same deployment starts at once, and puts back what Redis kept', async () => {
    const before = await (await own.prove()).layout.read();
    await own.admin.flushall();
    expect(await (await own.prove()).layout.read()).toEqual(before);
  });

  it('a claim that was made while MongoDB was away gives way to what MongoDB says', async () => {
    await own.prove();
    await own.admin.flushall();
    await own.admin.hset('prod:meta', { layout: 1, slots: 8 });
    expect(await (await own.prove()).layout.read()).toMatchObject({ slots: DEFAULT_SLOTS });
  });
});

describe('while it runs', () => {
  it('a process puts back what Redis kept, also with MongoDB away', async () => {
    const mongodb = await ServiceLine.to(own.url);
    await mongodb.open();
    const stores = await own.prove({ MONGODB_URL: mongodb.url, MONGODB_TIMEOUT_MS: '500' });
    const before = await stores.layout.read();
    await mongodb.cut();
    await own.admin.flushall();
    stores.ownership.lookNow();
    stores.ownership.start();
    await expect.poll(() => stores.layout.read()).toEqual(before);
  });

  it('a process that finds another layout reads and writes nothing more, and says why', async () => {
    const stores = await own.prove();
    await stores.cache.set({ key: 'a', value: 'v' });
    await own.db.collection('hybrid_sync_meta').updateOne({}, { $set: { slots: 8 } });
    stores.ownership.lookNow();
    stores.ownership.start();
    await expect.poll(() => stores.proof.refused).toBe(true);
    expect(stores.proof.against).toMatch(/set HYBRID_SYNC_SLOTS=8/);
    await expect(stores.cache.set({ key: 'a', value: 'w' })).rejects.toThrow(LayoutMismatchError);
    await expect(stores.cache.get('a')).rejects.toThrow(LayoutMismatchError);
    await expect(stores.shadows.find('a')).rejects.toThrow(LayoutMismatchError);
    await own.db.collection('hybrid_sync_meta').updateOne({}, { $set: { slots: DEFAULT_SLOTS } });
    stores.ownership.lookNow();
    await expect.poll(() => stores.proof.refused).toBe(false);
    expect((await stores.cache.get('a'))?.value).toBe('v');
  });

  it('collections and indexes that were dropped are made again', async () => {
    const stores = await own.prove();
    await own.db.collection('kv_shadow').drop();
    await own.db.collection('outbox').dropIndexes();
    await stores.outbox.add([{ key: 'a', slot: 1, version: 5, op: 'set', value: 'v' }]);
    await stores.ownership.prove();
    const names = async (name: string) =>
      (await own.db.collection(name).indexes()).map((index) => index.name);
    expect(await names('kv_shadow')).toEqual(['_id_', 'purge']);
    expect((await names('outbox')).sort()).toEqual(['_id_', 'dead_letters', 'retention', 'waiting_in_slot']);
  });

  it('a dropped database is claimed again, by the same id', async () => {
    const stores = await own.prove();
    const before = await stores.layout.read();
    await own.db.dropDatabase();
    await stores.ownership.prove();
    const [claim] = await own.db.collection('hybrid_sync_meta').find().toArray();
    expect(claim?.deployment).toBe(before?.deployment);
  });

  it('a collection that another application made anew is not taken', async () => {
    const stores = await own.prove();
    await own.db.collection('outbox').drop();
    await own.db.collection('outbox').insertOne(foreignEvent());
    const before = await own.db.collection('outbox').indexes();
    await expect(stores.ownership.prove()).rejects.toThrow(DatabaseRefusedError);
    expect(await own.db.collection('outbox').indexes()).toEqual(before);
  });

  it('an index of our name that is another one is named', async () => {
    await own.prove();
    await own.db.collection('outbox').dropIndex('waiting_in_slot');
    await own.db.collection('outbox').createIndex({ slot: 1 }, { name: 'waiting_in_slot' });
    const error = await own.refused();
    expect(error).toBeInstanceOf(IndexConflictError);
    expect(String(error)).toMatch(/index "waiting_in_slot" of outbox/);
  });
});

describe('a user of MongoDB with few rights', () => {
  const refusal = new MongoServerError({ message: 'not authorized on db', code: 13 });
  afterEach(() => vi.restoreAllMocks());

  it('need not make indexes that are there', async () => {
    await own.prove();
    vi.spyOn(Collection.prototype, 'createIndexes').mockRejectedValue(refusal);
    await expect(own.prove()).resolves.toBeDefined();
  });

  it('is told which right is missing, in start and readiness', async () => {
    vi.spyOn(Collection.prototype, 'createIndexes').mockRejectedValue(refusal);
    const stores = own.processWith();
    await expect.poll(() => stores.redis.standing.ok).toBe(true);
    await expect(stores.ownership.prove()).rejects.toThrow(RefusedByServiceError);
    expect(stores.proof.against).toMatch(
      /user of MONGODB_URL createIndexes of kv_shadow .*Unauthorized: not authorized/,
    );
  });

  it('with a wrong password is told that', async () => {
    vi.spyOn(MongoClient.prototype, 'connect').mockRejectedValue(
      new MongoServerError({ message: 'Authentication failed.', code: 18 }),
    );
    expect(String(await own.refused())).toMatch(/AuthenticationFailed.*MONGODB_URL/);
  });
});

describe('before it is proven', () => {
  it('nothing in MongoDB is read or written', async () => {
    await own.db.collection('outbox').insertOne(foreignEvent());
    const stores = own.processWith();
    const before = await own.contents();
    const write = { key: 'a', slot: 1, version: 5, op: 'set', value: 'v' } as const;
    await expect(stores.shadows.apply([write], 'ASYNC_THREAD')).rejects.toThrow(/is not proven yet/);
    await expect(stores.outbox.add([write])).rejects.toThrow(/is not proven yet/);
    await expect(stores.outbox.markProcessed(['1-5'])).rejects.toThrow(/is not proven yet/);
    await expect(stores.deadLetters.discard({}, 10)).rejects.toThrow(/is not proven yet/);
    await expect(stores.shadows.page('', undefined, 10)).rejects.toThrow(/is not proven yet/);
    expect(await own.contents()).toEqual(before);
  });
});
