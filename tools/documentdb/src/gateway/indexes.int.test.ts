import { MongoServerError } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, rejectionOf, type TestDatabase } from '../testing/test-database.js';

interface Item {
  _id: string;
  email?: string;
  active?: boolean;
  purgeAt?: Date;
}

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.dispose());

const items = (name: string) => database.db.collection<Item>(name);

test('indexes are created, listed and dropped', async () => {
  const collection = items('listed');
  const names = await collection.createIndexes([
    { key: { email: 1, active: -1 }, name: 'by_email' },
    { key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 60 },
    { key: { active: 1 }, name: 'only_active', partialFilterExpression: { active: true } },
  ]);
  expect(names).toEqual(['by_email', 'purge', 'only_active']);
  expect(await collection.indexes()).toMatchObject([
    { name: '_id_', key: { _id: 1 } },
    { name: 'by_email', key: { email: 1, active: -1 } },
    { name: 'purge', expireAfterSeconds: 60 },
    { name: 'only_active', partialFilterExpression: { active: true } },
  ]);
  await collection.createIndex({ email: 1, active: -1 }, { name: 'by_email' });
  await collection.dropIndex('only_active');
  expect(Object.keys(await collection.indexInformation())).toEqual(['_id_', 'by_email', 'purge']);
  await collection.dropIndexes();
  expect(Object.keys(await collection.indexInformation())).toEqual(['_id_']);
});

test('several may create the same indexes at once, while others write', async () => {
  const collection = items('together');
  await Promise.all([
    ...Array.from({ length: 6 }, () =>
      collection.createIndexes([{ key: { email: 1 } }, { key: { active: 1 } }]),
    ),
    ...Array.from({ length: 20 }, (_, index) => collection.insertOne({ _id: `${index}`, email: `${index}` })),
  ]);
  expect(Object.keys(await collection.indexInformation())).toEqual(['_id_', 'email_1', 'active_1']);
  expect(await collection.countDocuments({ email: '7' })).toBe(1);
});

test('an index on documents that break it is refused', async () => {
  const collection = items('breaks');
  await collection.insertMany([
    { _id: 'a', email: 'a@b' },
    { _id: 'b', email: 'a@b' },
  ]);
  const error = await rejectionOf(collection.createIndex({ email: 1 }, { unique: true }), MongoServerError);
  expect(error.code).toBe(11_000);
});

test('a unique index refuses a second of the same, also where several insert at once', async () => {
  const collection = items('unique');
  await collection.createIndex({ email: 1 }, { unique: true });
  const attempts = Array.from({ length: 10 }, (_, index) =>
    collection.insertOne({ _id: `${index}`, email: 'a@b' }),
  );
  const outcomes = await Promise.allSettled(attempts);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const second = await rejectionOf(collection.insertOne({ _id: 'x', email: 'a@b' }), MongoServerError);
  expect(second.code).toBe(11_000);
  expect(second.message).toContain('email_1');
});

test('a unique index can be partial', async () => {
  const collection = items('unique_partial');
  await collection.createIndex({ email: 1 }, { unique: true, partialFilterExpression: { active: true } });
  await collection.insertMany([
    { _id: 'a', email: 'a@b', active: false },
    { _id: 'b', email: 'a@b', active: true },
    { _id: 'c', email: 'a@b', active: false },
  ]);
  const error = await rejectionOf(
    collection.insertOne({ _id: 'd', email: 'a@b', active: true }),
    MongoServerError,
  );
  expect(error.code).toBe(11_000);
});

test('an index that contradicts one of the same name is refused', async () => {
  const collection = items('contradiction');
  await collection.createIndex({ email: 1 }, { name: 'same' });
  const error = await rejectionOf(collection.createIndex({ active: 1 }, { name: 'same' }), MongoServerError);
  expect(error.codeName).toBe('IndexKeySpecsConflict');
});

test('collMod changes when documents expire', async () => {
  const collection = items('coll_mod');
  await collection.createIndex({ purgeAt: 1 }, { name: 'purge', expireAfterSeconds: 60 });
  await database.db.command({ collMod: 'coll_mod', index: { name: 'purge', expireAfterSeconds: 90 } });
  expect(await collection.indexes()).toContainEqual(
    expect.objectContaining({ name: 'purge', expireAfterSeconds: 90 }),
  );
});

// The longest wait is MongoDB's own: its TTL monitor looks every 60 s.
test('a TTL index removes what has expired, and nothing else', { timeout: 90_000 }, async () => {
  const collection = items('ttl');
  await collection.createIndex({ purgeAt: 1 }, { expireAfterSeconds: 0 });
  await collection.insertMany([
    { _id: 'expired', purgeAt: new Date(Date.now() - 1_000) },
    { _id: 'later', purgeAt: new Date(Date.now() + 3_600_000) },
    { _id: 'never' },
  ]);
  await expect
    .poll(() => collection.distinct('_id'), { timeout: 80_000, interval: 500 })
    .toEqual(['later', 'never']);
});
