import { type AnyBulkWriteOperation, Long, MongoBulkWriteError, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, rejectionOf, type TestDatabase } from '../testing/test-database.js';

const DUPLICATE_KEY = 11_000;

interface Item {
  _id: string;
  version?: Long | number;
  value?: number;
  text?: string;
}

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.dispose());

const items = (name: string) => database.db.collection<Item>(name);
const keys = (count: number) => Array.from({ length: count }, (_, index) => `key-${index}`);

describe('a bulk write of 1,000', () => {
  test.each([true, false])('stores everything (ordered: %s)', async (ordered) => {
    const collection = items(`bulk_${ordered}`);
    const result = await collection.bulkWrite(
      keys(1_000).map((_id) => ({
        updateOne: { filter: { _id }, update: { $set: { value: 1 } }, upsert: true },
      })),
      { ordered },
    );
    expect(result.upsertedCount).toBe(1_000);
    expect(await collection.countDocuments()).toBe(1_000);
    const again = await collection.bulkWrite(
      keys(1_000).map((_id) => ({ updateOne: { filter: { _id }, update: { $inc: { value: 1 } } } })),
      { ordered },
    );
    expect(again).toMatchObject({ matchedCount: 1_000, modifiedCount: 1_000, upsertedCount: 0 });
  });

  test('unordered, with some duplicates: exactly those fail, each under its index', async () => {
    const collection = items('some_duplicates');
    const taken = [0, 17, 500, 999];
    await collection.insertMany(taken.map((index) => ({ _id: `key-${index}` })));
    const operations: AnyBulkWriteOperation<Item>[] = keys(1_000).map((_id) => ({
      insertOne: { document: { _id } },
    }));
    const error = await rejectionOf(
      collection.bulkWrite(operations, { ordered: false }),
      MongoBulkWriteError,
    );
    expect(error.code).toBe(DUPLICATE_KEY);
    expect([error.writeErrors].flat().map(({ index, code }) => [index, code])).toEqual(
      taken.map((index) => [index, DUPLICATE_KEY]),
    );
    expect(error.result.insertedCount).toBe(996);
    expect(await collection.countDocuments()).toBe(1_000);
  });

  test('ordered, with a duplicate: stops there', async () => {
    const collection = items('ordered_duplicate');
    await collection.insertOne({ _id: 'key-3' });
    const error = await rejectionOf(
      collection.insertMany(keys(10).map((_id) => ({ _id }))),
      MongoBulkWriteError,
    );
    expect([error.writeErrors].flat().map(({ index }) => index)).toEqual([3]);
    expect(await collection.countDocuments()).toBe(4);
  });
});

describe('a conditional upsert', () => {
  const apply = (collection: ReturnType<typeof items>, version: number) =>
    collection.replaceOne(
      { _id: 'a', version: { $lt: Long.fromNumber(version) } },
      { version: Long.fromNumber(version), text: `v${version}` },
      { upsert: true },
    );

  test('inserts, replaces what is older, and fails as a duplicate where something newer is', async () => {
    const collection = items('conditional');
    expect(await apply(collection, 2)).toMatchObject({ upsertedCount: 1, upsertedId: 'a' });
    expect(await apply(collection, 5)).toMatchObject({ matchedCount: 1, modifiedCount: 1 });
    const error = await rejectionOf(apply(collection, 3), MongoServerError);
    expect(error.code).toBe(DUPLICATE_KEY);
    expect(error.message).toContain('E11000 duplicate key error');
    expect(await collection.findOne({ _id: 'a' })).toMatchObject({ version: 5, text: 'v5' });
  });

  test('names the key that was there', async () => {
    const collection = items('conditional_key');
    await apply(collection, 2);
    const operation = apply(collection, 1);
    const error = await rejectionOf(operation, MongoServerError);
    expect(error.errorResponse).toMatchObject({ keyPattern: { _id: 1 }, keyValue: { _id: 'a' } });
  });

  test('from many clients at once ends with the newest version, and quickly', async () => {
    const collection = items('contended');
    const shared = keys(100);
    const writer = async (first: number) => {
      for (let version = first; version < first + 40; version += 8) {
        const inSomeOrder = shared.map((_id, index) => ({ _id, at: (index * 37 + version * 11) % 101 }));
        inSomeOrder.sort((one, other) => one.at - other.at);
        await collection
          .bulkWrite(
            inSomeOrder.map(({ _id }) => ({
              updateOne: {
                filter: { _id, version: { $lt: Long.fromNumber(version) } },
                update: { $set: { version: Long.fromNumber(version) } },
                upsert: true,
              },
            })),
            { ordered: false },
          )
          .catch((error: unknown) => {
            const stale = error instanceof MongoBulkWriteError && error.code === DUPLICATE_KEY;
            if (!stale) throw error;
          });
      }
    };
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(writer));
    const versions = await collection.distinct('version');
    expect(versions).toEqual([40]);
    expect(await collection.countDocuments()).toBe(100);
  });
});

test('inserts of the same documents from many clients in different orders all end', async () => {
  const collection = items('inserted_together');
  const outcomes = await Promise.allSettled(
    [0, 1, 2, 3].map((client) => {
      const order = client % 2 === 0 ? keys(400) : keys(400).reverse();
      return collection.insertMany(
        order.map((_id) => ({ _id })),
        { ordered: false },
      );
    }),
  );
  const inserted = outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return outcome.value.insertedCount;
    expect(outcome.reason).toMatchObject({ code: DUPLICATE_KEY });
    return (outcome.reason as MongoBulkWriteError).insertedCount;
  });
  expect(inserted.reduce((sum, count) => sum + count, 0)).toBe(400);
  expect(await collection.countDocuments()).toBe(400);
});

test('deletes of the same documents from many clients in different orders all end', async () => {
  const collection = items('deleted_together');
  await collection.insertMany(keys(400).map((_id) => ({ _id })));
  const results = await Promise.all(
    [0, 1, 2, 3].map((client) => {
      const order = client % 2 === 0 ? keys(400) : keys(400).reverse();
      return collection.bulkWrite(
        order.map((_id) => ({ deleteOne: { filter: { _id } } })),
        { ordered: false },
      );
    }),
  );
  expect(results.reduce((sum, { deletedCount }) => sum + deletedCount, 0)).toBe(400);
  expect(await collection.countDocuments()).toBe(0);
});

test('a pipeline as an update', async () => {
  const collection = items('pipeline');
  await collection.insertOne({ _id: 'a', value: 3 });
  const update = [{ $set: { value: { $multiply: ['$value', 2] }, version: { $ifNull: ['$version', 1] } } }];
  await collection.updateOne({ _id: 'a' }, update);
  expect(await collection.findOne({ _id: 'a' })).toEqual({ _id: 'a', value: 6, version: 1 });
});

describe('findOneAndUpdate', () => {
  test('answers with the document before or after, and upserts', async () => {
    const collection = items('find_and_modify');
    const bump = { $inc: { value: 1 } };
    const after = await collection.findOneAndUpdate({ _id: 'a' }, bump, {
      upsert: true,
      returnDocument: 'after',
    });
    expect(after).toEqual({ _id: 'a', value: 1 });
    expect(await collection.findOneAndUpdate({ _id: 'a' }, bump)).toEqual({ _id: 'a', value: 1 });
    expect(await collection.findOneAndUpdate({ _id: 'none' }, bump)).toBeNull();
    expect(await collection.findOneAndDelete({ _id: 'a' })).toEqual({ _id: 'a', value: 2 });
  });

  test('says when it would break a unique index', async () => {
    const collection = items('find_and_modify_unique');
    await collection.createIndex({ value: 1 }, { unique: true });
    await collection.insertOne({ _id: 'a', value: 1 });
    const change = collection.findOneAndUpdate({ _id: 'b' }, { $set: { value: 1 } }, { upsert: true });
    expect((await rejectionOf(change, MongoServerError)).code).toBe(DUPLICATE_KEY);
  });

  test('loses no step when many count at once', async () => {
    const collection = items('counter');
    await Promise.all(
      keys(60).map(() =>
        collection
          .findOneAndUpdate({ _id: 'n' }, { $inc: { value: 1 } }, { upsert: true })
          .catch((error: unknown) => {
            if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) throw error;
            return collection.findOneAndUpdate({ _id: 'n' }, { $inc: { value: 1 } });
          }),
      ),
    );
    expect(await collection.findOne({ _id: 'n' })).toEqual({ _id: 'n', value: 60 });
  });
});

test('an unacknowledged write gets no reply and is done all the same', async () => {
  const collection = items('unacknowledged');
  await collection.insertOne({ _id: 'a' }, { writeConcern: { w: 0 } });
  await expect.poll(() => collection.countDocuments()).toBe(1);
});

test('twenty clients at once, in a collection none of them created', async () => {
  const clients = Array.from({ length: 20 }, () => database.anotherClient({ maxPoolSize: 1 }));
  await Promise.all(
    clients.map(async (client, number) => {
      const collection = client.db(database.db.databaseName).collection<Item>('twenty');
      for (let round = 0; round < 10; round += 1) await collection.insertOne({ _id: `${number}-${round}` });
      expect(await collection.countDocuments({ _id: { $regex: `^${number}-` } })).toBe(10);
    }),
  );
  expect(await items('twenty').countDocuments()).toBe(200);
});
