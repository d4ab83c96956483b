import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { type Document, Long } from 'mongodb';
import { afterEach, describe, expect, it } from 'vitest';
import { slotOf } from '../cache/keys.js';
import { DatabaseRefusedError, LayoutMismatchError } from '../permanent-errors.js';
import { DEFAULT_SLOTS, ownershipTests } from '../testing/ownership-tests.js';

const own = ownershipTests();

const shadow = (key: string, slots = DEFAULT_SLOTS): Document => ({
  _id: key,
  slot: slotOf(key, slots),
  lastValue: 'v',
  version: Long.fromNumber(1_700_000_000_000_000),
  lastWriteAt: new Date(),
  metadata: { syncMethod: 'ASYNC_THREAD', syncTimestamp: new Date().toISOString() },
});
const event = (key: string): Document => ({
  _id: `${slotOf(key, DEFAULT_SLOTS)}-1700000000000000`,
  type: 'KVMutated',
  ts: new Date(),
  slot: slotOf(key, DEFAULT_SLOTS),
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
    const many = await Promise.all([own.prove(), own.prove(), own.prove()]);
    const [claim] = await own.db.collection('hybrid_sync_meta').find().toArray();
    expect(claim).toMatchObject({ _id: 'claim', namespace: 'prod', layout: 1, slots: DEFAULT_SLOTS });
    const stored = await Promise.all(many.map(({ layout }) => layout.read()));
    expect(new Set(stored.map((each) => each?.deployment))).toEqual(new Set([claim?.deployment]));
  });

  it('has one owner also when two namespaces want it in the same moment', async () => {
    const outcomes = await Promise.all(
      ['prod', 'stage'].map((name) => own.refused({ HYBRID_SYNC_NAMESPACE: name })),
    );
    expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome instanceof DatabaseRefusedError)).toHaveLength(1);
  });

  it('of another namespace is own.refused, and nothing in it touched', async () => {
    const { shadows } = await own.prove();
    await shadows.apply(
      [{ key: 'a', slot: slotOf('a', DEFAULT_SLOTS), version: 5, op: 'set', value: 'v' }],
      'ASYNC_THREAD',
    );
    const before = await own.contents();
    const error = await own.refused({ HYBRID_SYNC_NAMESPACE: 'stage' });
    expect(error).toBeInstanceOf(DatabaseRefusedError);
    expect(String(error)).toMatch(/namespace "prod".*HYBRID_SYNC_NAMESPACE is "stage".*MONGODB_URL/);
    expect(await own.contents()).toEqual(before);
  });

  it('of the same namespace with another Redis that lives is refused', async () => {
    await own.prove();
    const other = await OwnRedis.start();
    const stores = await own.prove({
      REDIS_URL: other.url,
      MONGODB_URL: `${own.url}-other`.replace(/(\?.*)-other/, '-other$1'),
    });
    await stores.stop();
    // Both have an id of their own now.
    const error = await own.refused({ REDIS_URL: other.url });
    expect(error).toBeInstanceOf(DatabaseRefusedError);
    expect(String(error)).toMatch(/another deployment of namespace "prod"/);
    await other.stop();
  });

  it('is own.refused to a new Redis while its deployment is seen, and taken over once it is not', async () => {
    const first = await own.prove();
    const other = await OwnRedis.start();
    const second = own.processWith({ REDIS_URL: other.url });
    await expect.poll(() => second.redis.standing.ok).toBe(true);
    await expect(second.ownership.prove()).rejects.toThrow(/new or lost its data; waiting/);
    expect(second.proof.against).toMatch(/not the one that this database was last used with/);
    await first.ownership.prove();
    await expect(second.ownership.prove()).rejects.toThrow(DatabaseRefusedError);
    await own.db.collection('hybrid_sync_meta').updateOne({}, { $set: { seenAt: new Date(0) } });
    await expect(second.ownership.prove()).resolves.toBeUndefined();
    expect(await second.layout.read()).toEqual(await first.layout.read());
    await other.stop();
  });
});

describe('a new database', () => {
  /** Settings with a database that no one has claimed. */
  const another = () => ({ MONGODB_URL: own.url.replace(/(\/own\w+)/, '$1-new') });
  afterEach(async () => {
    await own.db.client.db(`${own.db.databaseName}-new`).dropDatabase();
  });

  it('is refused to a process whose deployment is seen with another one, and nothing is made in it', async () => {
    const first = await own.prove();
    const stray = own.processWith(another());
    await expect.poll(() => stray.redis.standing.ok).toBe(true);
    await expect(stray.ownership.prove()).rejects.toThrow(/new or lost its data, .*; waiting/);
    expect(stray.proof.against).toMatch(/in use a moment ago/);
    await first.ownership.prove();
    await expect(stray.ownership.prove()).rejects.toThrow(DatabaseRefusedError);
    expect(stray.proof.against).toMatch(/deployment of namespace "prod" .* uses another one now/);
    const made = own.db.client.db(`${own.db.databaseName}-new`).listCollections();
    expect(await made.toArray()).toEqual([]);
  });

  it('is taken once no process of the deployment is seen any more', async () => {
    const first = await own.prove();
    const next = own.processWith(another());
    await expect.poll(() => next.redis.standing.ok).toBe(true);
    await expect(next.ownership.prove()).rejects.toThrow(/waiting/);
    expect(await own.admin.pttl('prod:proof')).toBeGreaterThan(0);
    await own.admin.del('prod:proof'); // as Redis does 45 seconds later
    await expect(next.ownership.prove()).resolves.toBeUndefined();
    expect(await next.layout.read()).toEqual(await first.layout.read());
  });

  it('that the processes of its deployment lost is waited for until one of them has claimed it', async () => {
    const first = await own.prove();
    await own.db.dropDatabase();
    const next = own.processWith();
    await expect.poll(() => next.redis.standing.ok).toBe(true);
    await expect(next.ownership.prove()).rejects.toThrow(/waiting/);
    await first.ownership.prove();
    await expect(next.ownership.prove()).resolves.toBeUndefined();
  });
});

describe('a database of another application is own.refused, and nothing in it touched', () => {
  const foreign: [string, () => Promise<unknown>, RegExp][] = [
    ['events', () => own.db.collection('outbox').insertOne(foreignEvent()), /outbox holds documents/],
    [
      'events among ours',
      () => own.db.collection<Document>('outbox').insertMany([event('a'), foreignEvent()]),
      /outbox holds documents/,
    ],
    [
      'events beside our shadows',
      async () => {
        await own.db.collection<Document>('kv_shadow').insertOne(shadow('a'));
        await own.db.collection('outbox').insertOne(foreignEvent());
      },
      /outbox holds documents/,
    ],
    [
      'shadows',
      () => own.db.collection('kv_shadow').insertOne({ version: 'text' }),
      /kv_shadow holds documents/,
    ],
    [
      'an empty collection',
      () => own.db.createCollection('outbox'),
      /outbox is empty, and has no index of this service/,
    ],
    [
      'an empty collection with indexes',
      () => own.db.collection('outbox').createIndex({ aggregateId: 1 }),
      /outbox is empty/,
    ],
    [
      'a unique index',
      () => own.db.collection('outbox').createIndex({ aggregateId: 1 }, { unique: true }),
      /index aggregateId_1, which is unique/,
    ],
    [
      'an expiry',
      () => own.db.collection('kv_shadow').createIndex({ lastWriteAt: 1 }, { expireAfterSeconds: 60 }),
      /index lastWriteAt_1, which removes documents/,
    ],
    [
      'a view',
      () => own.db.command({ create: 'kv_shadow', viewOn: 'things', pipeline: [] }),
      /kv_shadow is a view/,
    ],
    [
      'a collection of the name of the claim',
      () => own.db.collection('hybrid_sync_meta').insertOne({ mine: 1 }),
      /hybrid_sync_meta that is another one/,
    ],
    [
      'a document of the id of the claim',
      () => own.db.collection<Document>('hybrid_sync_meta').insertOne({ _id: 'claim', mine: 1 } as Document),
      /its claim was not made by this service/,
    ],
  ];
  it.each(foreign)('%s', async (_, make, why) => {
    await make();
    const before = await own.contents();
    const error = await own.refused();
    expect(error).toBeInstanceOf(DatabaseRefusedError);
    expect(String(error)).toMatch(why);
    expect(await own.contents()).toEqual(before);
  });

  it('and not for collections of other names', async () => {
    await own.db.collection('users').insertOne({ name: 'x' });
    await expect(own.prove()).resolves.toBeDefined();
  });
});

describe('a database of version 0.1.0', () => {
  /** As that version left it: no claim, no id in Redis. */
  async function leave(): Promise<void> {
    await (await own.prove()).stop();
    await own.db.collection('hybrid_sync_meta').drop();
    await own.admin.hdel('prod:meta', 'deployment');
    await own.db.collection<Document>('kv_shadow').insertMany([shadow('a'), shadow('b')]);
    await own.db.collection<Document>('outbox').insertOne(event('a'));
  }

  it('is adopted, with its data', async () => {
    await leave();
    const { shadows, outbox } = await own.prove();
    expect((await shadows.findMany(['a', 'b'])).length).toBe(2);
    expect(await outbox.countUnprocessed(10)).toBe(1);
  });

  it('is adopted also where its indexes are gone, or Redis has lost its data', async () => {
    await leave();
    await Promise.all(['kv_shadow', 'outbox'].map((name) => own.db.collection(name).dropIndexes()));
    await own.admin.flushall();
    await expect(own.prove()).resolves.toBeDefined();
    expect((await own.db.collection('outbox').indexes()).map(({ name }) => name)).toContain(
      'waiting_in_slot',
    );
  });

  it('is own.refused to another slot count: what Redis says, and where that is lost what the shadows say', async () => {
    await leave();
    const before = await own.contents();
    expect(await own.refused({ HYBRID_SYNC_SLOTS: '3' })).toBeInstanceOf(LayoutMismatchError);
    await own.admin.flushall();
    expect(await own.refused({ HYBRID_SYNC_SLOTS: '3' })).toBeInstanceOf(LayoutMismatchError);
    expect(await own.contents()).toEqual(before);
  });
});
