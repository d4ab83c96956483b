import { ServiceLine } from '@hybrid-sync/services/line';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import type { Redis } from 'ioredis';
import { Collection, type Db, type Document, Long, MongoClient, MongoServerError } from 'mongodb';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { slotOf } from '../cache/keys.js';
import { loadSettings } from '../config/load-settings.js';
import {
  DatabaseRefusedError,
  IndexConflictError,
  LayoutMismatchError,
  RefusedByServiceError,
} from '../errors.js';
import { openStores, type Stores } from '../node/stores.js';

const SLOTS = 4;
const log = pino({ level: 'silent' });

let redis: OwnRedis;
let admin: Redis;
let client: MongoClient;
let db: Db;
let url: string;
const opened: Stores[] = [];
beforeAll(async () => {
  redis = await OwnRedis.start();
  admin = redis.client();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  const mongodb = new URL(process.env.TEST_MONGODB_URL ?? '');
  mongodb.pathname = `/own${Math.random().toString(36).slice(2, 10)}`;
  url = mongodb.href;
  client = new MongoClient(url);
  db = client.db();
});
afterEach(async () => {
  for (const stores of opened.splice(0)) await stores.stop();
  await db.dropDatabase();
  await client.close();
  await admin.flushall();
});

/** The stores of a process with these settings, not proven yet. */
function processWith(env: Record<string, string> = {}): Stores {
  const { settings } = loadSettings({
    env: {
      REDIS_URL: redis.url,
      MONGODB_URL: url,
      HYBRID_SYNC_NAMESPACE: 'prod',
      HYBRID_SYNC_SLOTS: String(SLOTS),
      ...env,
    },
  });
  const stores = openStores({ current: settings }, 'test', log);
  opened.push(stores);
  return stores;
}

async function prove(env: Record<string, string> = {}): Promise<Stores> {
  const stores = processWith(env);
  await expect.poll(() => stores.redis.standing.ok).toBe(true);
  await stores.ownership.prove();
  return stores;
}

const refused = (env: Record<string, string> = {}) =>
  prove(env).then(
    () => 'taken',
    (error: unknown) => error,
  );

/** All that is in the database: collections, their indexes, their documents. */
async function contents(): Promise<Document[]> {
  const infos = await db.listCollections().toArray();
  const inside = infos.map(async ({ name, type }) => ({
    name,
    type,
    indexes: type === 'view' ? [] : await db.collection(name).indexes(),
    documents: await db.collection(name).find().sort({ _id: 1 }).toArray(),
  }));
  return (await Promise.all(inside)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

const shadow = (key: string, slots = SLOTS): Document => ({
  _id: key,
  slot: slotOf(key, slots),
  lastValue: 'v',
  version: Long.fromNumber(1_700_000_000_000_000),
  lastWriteAt: new Date(),
  metadata: { syncMethod: 'ASYNC_THREAD', syncTimestamp: new Date().toISOString() },
});
const event = (key: string): Document => ({
  _id: `${slotOf(key, SLOTS)}-1700000000000000`,
  type: 'KVMutated',
  ts: new Date(),
  slot: slotOf(key, SLOTS),
  version: Long.fromNumber(1_700_000_000_000_000),
  payload: { key, op: 'set', value: 'v' },
  processed: false,
  attempts: 0,
  retryAt: new Date(),
  dead: false,
});
const foreignEvent = (): Document => ({ processed: true, processedAt: new Date(Date.now() - 172_800_000) });

describe('a database', () => {
  it('is claimed before anything else is made in it, by one of many', async () => {
    const many = await Promise.all([prove(), prove(), prove()]);
    const [claim] = await db.collection('hybrid_sync_meta').find().toArray();
    expect(claim).toMatchObject({ _id: 'claim', namespace: 'prod', layout: 1, slots: SLOTS });
    const stored = await Promise.all(many.map(({ layout }) => layout.read()));
    expect(new Set(stored.map((each) => each?.deployment))).toEqual(new Set([claim?.deployment]));
  });

  it('has one owner also when two namespaces want it in the same moment', async () => {
    const outcomes = await Promise.all(
      ['prod', 'stage'].map((name) => refused({ HYBRID_SYNC_NAMESPACE: name })),
    );
    expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome instanceof DatabaseRefusedError)).toHaveLength(1);
  });

  it('of another namespace is refused, and nothing in it touched', async () => {
    const { shadows } = await prove();
    await shadows.apply(
      [{ key: 'a', slot: slotOf('a', SLOTS), version: 5, op: 'set', value: 'v' }],
      'ASYNC_THREAD',
    );
    const before = await contents();
    const error = await refused({ HYBRID_SYNC_NAMESPACE: 'stage' });
    expect(error).toBeInstanceOf(DatabaseRefusedError);
    expect(String(error)).toMatch(/namespace "prod".*HYBRID_SYNC_NAMESPACE is "stage".*MONGODB_URL/);
    expect(await contents()).toEqual(before);
  });

  it('of the same namespace with another Redis that lives is refused', async () => {
    await prove();
    const other = await OwnRedis.start();
    const stores = await prove({
      REDIS_URL: other.url,
      MONGODB_URL: `${url}-other`.replace(/(\?.*)-other/, '-other$1'),
    });
    await stores.stop();
    // Both have an id of their own now.
    const error = await refused({ REDIS_URL: other.url });
    expect(error).toBeInstanceOf(DatabaseRefusedError);
    expect(String(error)).toMatch(/another deployment of namespace "prod"/);
    await other.stop();
  });

  it('is refused to a new Redis while its deployment is seen, and taken over once it is not', async () => {
    const first = await prove();
    const other = await OwnRedis.start();
    const second = processWith({ REDIS_URL: other.url });
    await expect.poll(() => second.redis.standing.ok).toBe(true);
    await expect(second.ownership.prove()).rejects.toThrow(/new or lost its data; waiting/);
    expect(second.proof.against).toMatch(/not the one that this database was last used with/);
    await first.ownership.prove();
    await expect(second.ownership.prove()).rejects.toThrow(DatabaseRefusedError);
    await db.collection('hybrid_sync_meta').updateOne({}, { $set: { seenAt: new Date(0) } });
    await expect(second.ownership.prove()).resolves.toBeUndefined();
    expect(await second.layout.read()).toEqual(await first.layout.read());
    await other.stop();
  });
});

describe('a database of another application is refused, and nothing in it touched', () => {
  const foreign: [string, () => Promise<unknown>, RegExp][] = [
    ['events', () => db.collection('outbox').insertOne(foreignEvent()), /outbox holds documents/],
    [
      'events among ours',
      () => db.collection<Document>('outbox').insertMany([event('a'), foreignEvent()]),
      /outbox holds documents/,
    ],
    [
      'events beside our shadows',
      async () => {
        await db.collection<Document>('kv_shadow').insertOne(shadow('a'));
        await db.collection('outbox').insertOne(foreignEvent());
      },
      /outbox holds documents/,
    ],
    ['shadows', () => db.collection('kv_shadow').insertOne({ version: 'text' }), /kv_shadow holds documents/],
    [
      'an empty collection',
      () => db.createCollection('outbox'),
      /outbox is empty, and has no index of this service/,
    ],
    [
      'an empty collection with indexes',
      () => db.collection('outbox').createIndex({ aggregateId: 1 }),
      /outbox is empty/,
    ],
    [
      'a unique index',
      () => db.collection('outbox').createIndex({ aggregateId: 1 }, { unique: true }),
      /index aggregateId_1, which is unique/,
    ],
    [
      'an expiry',
      () => db.collection('kv_shadow').createIndex({ lastWriteAt: 1 }, { expireAfterSeconds: 60 }),
      /index lastWriteAt_1, which removes documents/,
    ],
    [
      'a view',
      () => db.command({ create: 'kv_shadow', viewOn: 'things', pipeline: [] }),
      /kv_shadow is a view/,
    ],
    [
      'a collection of the name of the claim',
      () => db.collection('hybrid_sync_meta').insertOne({ mine: 1 }),
      /hybrid_sync_meta that is another one/,
    ],
    [
      'a document of the id of the claim',
      () => db.collection<Document>('hybrid_sync_meta').insertOne({ _id: 'claim', mine: 1 } as Document),
      /its claim was not made by this service/,
    ],
  ];
  it.each(foreign)('%s', async (_, make, why) => {
    await make();
    const before = await contents();
    const error = await refused();
    expect(error).toBeInstanceOf(DatabaseRefusedError);
    expect(String(error)).toMatch(why);
    expect(await contents()).toEqual(before);
  });

  it('and not for collections of other names', async () => {
    await db.collection('users').insertOne({ name: 'x' });
    await expect(prove()).resolves.toBeDefined();
  });
});

describe('a database of version 0.1.0', () => {
  /** As that version left it: no claim, no id in Redis. */
  async function leave(): Promise<void> {
    await (await prove()).stop();
    await db.collection('hybrid_sync_meta').drop();
    await admin.hdel('prod:meta', 'deployment');
    await db.collection<Document>('kv_shadow').insertMany([shadow('a'), shadow('b')]);
    await db.collection<Document>('outbox').insertOne(event('a'));
  }

  it('is adopted, with its data', async () => {
    await leave();
    const { shadows, outbox } = await prove();
    expect((await shadows.findMany(['a', 'b'])).length).toBe(2);
    expect(await outbox.countUnprocessed(10)).toBe(1);
  });

  it('is adopted also where its indexes are gone, or Redis has lost its data', async () => {
    await leave();
    await Promise.all(['kv_shadow', 'outbox'].map((name) => db.collection(name).dropIndexes()));
    await admin.flushall();
    await expect(prove()).resolves.toBeDefined();
    expect((await db.collection('outbox').indexes()).map(({ name }) => name)).toContain('waiting');
  });

  it('is refused to another slot count: what Redis says, and where that is lost what the shadows say', async () => {
    await leave();
    const before = await contents();
    expect(await refused({ HYBRID_SYNC_SLOTS: '3' })).toBeInstanceOf(LayoutMismatchError);
    await admin.flushall();
    expect(await refused({ HYBRID_SYNC_SLOTS: '3' })).toBeInstanceOf(LayoutMismatchError);
    expect(await contents()).toEqual(before);
  });
});

describe('after FLUSHALL', () => {
  it('another slot count is refused, and leaves nothing in Redis', async () => {
    await prove();
    await admin.flushall();
    const error = await refused({ HYBRID_SYNC_SLOTS: '8' });
    expect(error).toBeInstanceOf(LayoutMismatchError);
    expect(String(error)).toMatch(/MongoDB holds data .* set HYBRID_SYNC_SLOTS=4/);
    expect(await admin.exists('prod:meta')).toBe(0);
  });

  it('the same deployment starts at once, and puts back what Redis kept', async () => {
    const before = await (await prove()).layout.read();
    await admin.flushall();
    expect(await (await prove()).layout.read()).toEqual(before);
  });

  it('a claim that was made while MongoDB was away gives way to what MongoDB says', async () => {
    await prove();
    await admin.flushall();
    await admin.hset('prod:meta', { layout: 1, slots: 8 });
    expect(await (await prove()).layout.read()).toMatchObject({ slots: SLOTS });
  });
});

describe('while it runs', () => {
  it('a process puts back what Redis kept, also with MongoDB away', async () => {
    const mongodb = await ServiceLine.to(url);
    await mongodb.open();
    const stores = await prove({ MONGODB_URL: mongodb.url, MONGODB_TIMEOUT_MS: '500' });
    const before = await stores.layout.read();
    await mongodb.cut();
    await admin.flushall();
    stores.ownership.lookNow();
    stores.ownership.start();
    await expect.poll(() => stores.layout.read()).toEqual(before);
  });

  it('a process that finds another layout reads and writes nothing more, and says why', async () => {
    const stores = await prove();
    await stores.cache.set({ key: 'a', value: 'v' });
    await db.collection('hybrid_sync_meta').updateOne({}, { $set: { slots: 8 } });
    stores.ownership.lookNow();
    stores.ownership.start();
    await expect.poll(() => stores.proof.refused).toBe(true);
    expect(stores.proof.against).toMatch(/set HYBRID_SYNC_SLOTS=8/);
    await expect(stores.cache.set({ key: 'a', value: 'w' })).rejects.toThrow(LayoutMismatchError);
    await expect(stores.cache.get('a')).rejects.toThrow(LayoutMismatchError);
    await expect(stores.shadows.find('a')).rejects.toThrow(LayoutMismatchError);
    await db.collection('hybrid_sync_meta').updateOne({}, { $set: { slots: SLOTS } });
    stores.ownership.lookNow();
    await expect.poll(() => stores.proof.refused).toBe(false);
    expect((await stores.cache.get('a'))?.value).toBe('v');
  });

  it('collections and indexes that were dropped are made again', async () => {
    const stores = await prove();
    await db.collection('kv_shadow').drop();
    await db.collection('outbox').dropIndexes();
    await stores.outbox.add([{ key: 'a', slot: 1, version: 5, op: 'set', value: 'v' }]);
    await stores.ownership.prove();
    const names = async (name: string) => (await db.collection(name).indexes()).map((index) => index.name);
    expect(await names('kv_shadow')).toEqual(['_id_', 'purge']);
    expect((await names('outbox')).sort()).toEqual(['_id_', 'dead_letters', 'retention', 'waiting']);
  });

  it('a dropped database is claimed again, by the same id', async () => {
    const stores = await prove();
    const before = await stores.layout.read();
    await db.dropDatabase();
    await stores.ownership.prove();
    const [claim] = await db.collection('hybrid_sync_meta').find().toArray();
    expect(claim?.deployment).toBe(before?.deployment);
  });

  it('a collection that another application made anew is not taken', async () => {
    const stores = await prove();
    await db.collection('outbox').drop();
    await db.collection('outbox').insertOne(foreignEvent());
    const before = await db.collection('outbox').indexes();
    await expect(stores.ownership.prove()).rejects.toThrow(DatabaseRefusedError);
    expect(await db.collection('outbox').indexes()).toEqual(before);
  });

  it('an index of our name that is another one is named', async () => {
    await prove();
    await db.collection('outbox').dropIndex('waiting');
    await db.collection('outbox').createIndex({ slot: 1 }, { name: 'waiting' });
    const error = await refused();
    expect(error).toBeInstanceOf(IndexConflictError);
    expect(String(error)).toMatch(/index "waiting" of outbox/);
  });
});

describe('a user of MongoDB with few rights', () => {
  const refusal = new MongoServerError({ message: 'not authorized on db', code: 13 });
  afterEach(() => vi.restoreAllMocks());

  it('need not make indexes that are there', async () => {
    await prove();
    vi.spyOn(Collection.prototype, 'createIndexes').mockRejectedValue(refusal);
    await expect(prove()).resolves.toBeDefined();
  });

  it('is told which right is missing, in start and readiness', async () => {
    vi.spyOn(Collection.prototype, 'createIndexes').mockRejectedValue(refusal);
    const stores = processWith();
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
    expect(String(await refused())).toMatch(/AuthenticationFailed.*MONGODB_URL/);
  });
});

describe('before it is proven', () => {
  it('nothing in MongoDB is read or written', async () => {
    await db.collection('outbox').insertOne(foreignEvent());
    const stores = processWith();
    const before = await contents();
    const write = { key: 'a', slot: 1, version: 5, op: 'set', value: 'v' } as const;
    await expect(stores.shadows.apply([write], 'ASYNC_THREAD')).rejects.toThrow(/is not proven yet/);
    await expect(stores.outbox.add([write])).rejects.toThrow(/is not proven yet/);
    await expect(stores.outbox.markProcessed(['1-5'])).rejects.toThrow(/is not proven yet/);
    await expect(stores.deadLetters.discard({}, 10)).rejects.toThrow(/is not proven yet/);
    await expect(stores.shadows.page('', undefined, 10)).rejects.toThrow(/is not proven yet/);
    expect(await contents()).toEqual(before);
  });
});
