import { type Document, Long } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testing/test-database.js';

interface Item {
  _id: number;
  group: string;
  rank: number;
}

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  const documents = Array.from({ length: 5_000 }, (_, index) => ({
    _id: index,
    group: `g${index % 7}`,
    rank: (index * 7_919) % 5_000,
  }));
  await items().insertMany(documents);
  await items().createIndex({ group: 1, rank: -1 });
});
afterAll(() => database.dispose());

const items = () => database.db.collection<Item>('items');
const ids = (documents: readonly Document[]) => documents.map(({ _id }) => Number(_id));

describe('a cursor over 5,000 documents', () => {
  test('brings each once, a few at a time', async () => {
    const found = await items().find().batchSize(70).toArray();
    expect(new Set(ids(found)).size).toBe(5_000);
    expect(found).toHaveLength(5_000);
  });

  test('brings them in order, from whatever connection asks for more', async () => {
    const cursor = items().find().sort({ rank: 1 }).batchSize(311);
    const other = database.anotherClient();
    const ranks: number[] = [];
    for await (const { rank } of cursor) {
      // Keeps the connections of the pool busy, so that the batches come over several.
      if (ranks.length % 500 === 0) await other.db('admin').command({ ping: 1 });
      ranks.push(rank);
    }
    expect(ranks).toEqual(Array.from({ length: 5_000 }, (_, rank) => rank));
  });

  test('may be left half read', async () => {
    const cursor = items().find().batchSize(10);
    expect(await cursor.next()).not.toBeNull();
    await cursor.close();
    expect(await items().countDocuments()).toBe(5_000);
  });

  test('may begin with an empty batch', async () => {
    const { cursor } = await database.db.command({ find: 'items', filter: {}, batchSize: 0 });
    expect(cursor.firstBatch).toEqual([]);
    const getMore = { getMore: Long.fromValue(cursor.id), collection: 'items', batchSize: 5 };
    const more = await database.db.command(getMore);
    expect(more.cursor.nextBatch).toHaveLength(5);
  });
});

test('sort and limit by a compound index', async () => {
  const found = await items().find({ group: 'g3' }).sort({ rank: -1 }).limit(5).toArray();
  const ranks = found.map(({ rank }) => rank);
  expect(ranks).toHaveLength(5);
  expect(ranks).toEqual([...ranks].sort((one, other) => other - one));
  const best = await items().find({ group: 'g3' }).toArray();
  expect(ranks[0]).toBe(Math.max(...best.map(({ rank }) => rank)));
});

test('filters, projections, skip', async () => {
  const filter = {
    rank: { $gte: 100, $lt: 110 },
    group: { $in: ['g0', 'g1', 'g2', 'g3', 'g4', 'g5', 'g6'] },
  };
  const found = await items()
    .find(filter, { projection: { _id: 0, rank: 1 } })
    .sort({ rank: 1 })
    .skip(2)
    .toArray();
  expect(found).toEqual([2, 3, 4, 5, 6, 7, 8, 9].map((rank) => ({ rank: 100 + rank })));
});

test('countDocuments, with a limit and without; an estimate', async () => {
  expect(await items().countDocuments({ group: 'g0' })).toBe(715);
  expect(await items().countDocuments({ group: 'g0' }, { limit: 100 })).toBe(100);
  expect(await items().countDocuments({ group: 'none' })).toBe(0);
  expect(await items().estimatedDocumentCount()).toBe(5_000);
});

test('distinct values', async () => {
  expect((await items().distinct('group', { rank: { $lt: 4_000 } })).sort()).toEqual([
    'g0',
    'g1',
    'g2',
    'g3',
    'g4',
    'g5',
    'g6',
  ]);
});

test('aggregation with $group', async () => {
  const groups = await items()
    .aggregate([
      { $match: { _id: { $lt: 70 } } },
      { $group: { _id: '$group', count: { $sum: 1 }, highest: { $max: '$_id' } } },
      { $sort: { _id: 1 } },
    ])
    .toArray();
  expect(groups.map(({ count }) => count)).toEqual([10, 10, 10, 10, 10, 10, 10]);
  expect(groups[0]).toEqual({ _id: 'g0', count: 10, highest: 63 });
});

test('names of collections and databases, and statistics', async () => {
  expect(await database.db.listCollections({}, { nameOnly: true }).toArray()).toMatchObject([
    { name: 'items' },
  ]);
  const { databases } = await database.db.admin().listDatabases({ nameOnly: true });
  expect(databases.map(({ name }) => name)).toContain(database.db.databaseName);
  expect(await database.db.command({ collStats: 'items' })).toMatchObject({ count: 5_000 });
  expect(await database.db.stats()).toMatchObject({ collections: 1 });
});
