import { randomUUID } from 'node:crypto';
import { type Document, Long, MongoBulkWriteError, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, rejectionOf, type TestDatabase } from '../testing/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  await database.db.collection('items').insertMany(Array.from({ length: 3_000 }, (_, rank) => ({ rank })));
});
afterAll(() => database.dispose());

/** Takes each document a while to decide. */
const slowFilter = {
  $expr: {
    $gt: [
      { $reduce: { input: { $range: [0, 50_000] }, initialValue: 0, in: { $add: ['$$value', '$$this'] } } },
      Number.MAX_SAFE_INTEGER,
    ],
  },
};

test.each<[string, Document, number, string]>([
  ['a command nobody knows', { makeCoffee: 1 }, 59, 'CommandNotFound'],
  ['an operator nobody knows', { find: 'items', filter: { rank: { $bad: 1 } } }, 2, 'BadValue'],
  ['a stage nobody knows', { aggregate: 'items', pipeline: [{ $bad: 1 }], cursor: {} }, 40_324, ''],
  [
    'indexes of a collection that is not there',
    { listIndexes: 'nothing', cursor: {} },
    26,
    'NamespaceNotFound',
  ],
  ['an index that is not there', { dropIndexes: 'items', index: 'nothing' }, 27, 'IndexNotFound'],
  [
    'a cursor that is not there',
    { getMore: Long.fromNumber(4_711), collection: 'items' },
    43,
    'CursorNotFound',
  ],
  ['a command without a collection', { find: '', filter: {} }, 73, 'InvalidNamespace'],
  ['a filter of a wrong type', { find: 'items', filter: 'all' }, 14, 'TypeMismatch'],
])('%s', async (_name, command, code, codeName) => {
  const error = await rejectionOf(database.db.command(command), MongoServerError);
  expect(error.code).toBe(code);
  if (codeName !== '') expect(error.codeName).toBe(codeName);
});

test('an update operator nobody knows fails its operation only', async () => {
  const items = database.db.collection<Document>('operators');
  const update = items.updateOne({ _id: 1 } as Document, { $bad: { a: 1 } } as Document, { upsert: true });
  expect((await rejectionOf(update, MongoServerError)).code).toBe(9);
});

test("a document that the collection's validator refuses, or whose key no index takes, fails alone", async () => {
  await database.db.createCollection('validated', { validator: { a: { $type: 'string' } } });
  const validated = database.db.collection<Document>('validated');
  // Random, since the engine compresses what it can.
  const key = Array.from({ length: 200 }, () => randomUUID()).join('');
  const documents = [{ a: 'x' }, { a: 1 }, { _id: key, a: 'x' }, { a: 'y' }] as Document[];
  const error = await rejectionOf(validated.insertMany(documents, { ordered: false }), MongoBulkWriteError);
  expect([error.writeErrors].flat().map(({ index, code }) => [index, code])).toEqual([
    [1, 121],
    [2, 17_280],
  ]);
  expect(await validated.countDocuments()).toBe(2);
});

test('a change of _id', async () => {
  const items = database.db.collection<Document>('immutable');
  await items.insertOne({ _id: 1, a: 1 } as Document);
  const error = await rejectionOf(items.updateOne({ a: 1 }, { $set: { _id: 2 } }), MongoServerError);
  expect(error.code).toBe(66);
});

test.each<[string, Document]>([
  ['find', { find: 'items', filter: slowFilter }],
  ['count', { count: 'items', query: slowFilter }],
  ['aggregate', { aggregate: 'items', pipeline: [{ $match: slowFilter }], cursor: {} }],
  ['update', { update: 'items', updates: [{ q: slowFilter, u: { $set: { a: 1 } }, multi: true }] }],
])('%s stops when its time is up', async (_name, command) => {
  const error = await rejectionOf(database.db.command({ ...command, maxTimeMS: 100 }), MongoServerError);
  expect(error).toMatchObject({ code: 50, codeName: 'MaxTimeMSExpired' });
});

test('a killed cursor is gone', async () => {
  const { cursor } = await database.db.command({ find: 'items', filter: {}, batchSize: 5 });
  const killed = await database.db.command({ killCursors: 'items', cursors: [Long.fromValue(cursor.id)] });
  expect(killed.cursorsKilled).toHaveLength(1);
  const more = database.db.command({ getMore: Long.fromValue(cursor.id), collection: 'items' });
  expect((await rejectionOf(more, MongoServerError)).code).toBe(43);
});

test('sessions, read and write concerns, and comments are taken as on any server', async () => {
  const items = database.db.collection<Document>('concerns');
  await database.client.withSession(async (session) => {
    await items.insertOne({ _id: 1 } as Document, {
      session,
      writeConcern: { w: 'majority', j: true },
      comment: 'hi',
    });
    expect(await items.findOne({}, { session, readConcern: { level: 'majority' } })).toEqual({ _id: 1 });
  });
});

test('the server names itself', async () => {
  const hello = await database.db.admin().command({ hello: 1 });
  expect(hello).toMatchObject({ isWritablePrimary: true, maxBsonObjectSize: 16 * 1024 * 1024, ok: 1 });
  expect(hello.maxWireVersion).toBeGreaterThanOrEqual(9);
  expect(hello.logicalSessionTimeoutMinutes).toBeGreaterThan(0);
  expect(await database.db.admin().ping()).toMatchObject({ ok: 1 });
});
