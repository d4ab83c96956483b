import { Binary, Decimal128, type Document, Double, Int32, Long, ObjectId, Timestamp } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testing/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.dispose());

const exact = { promoteValues: false, promoteLongs: false, promoteBuffers: false };

describe('what is stored comes back as it was, type for type', () => {
  test.each<[string, unknown]>([
    ['an int', new Int32(42)],
    ['a negative int', new Int32(-1)],
    ['a long that would fit an int', Long.fromNumber(42)],
    ['the largest long', Long.MAX_VALUE],
    ['a whole double', new Double(42)],
    ['a double', new Double(0.1)],
    ['minus zero', new Double(-0)],
    ['an infinity', new Double(Number.POSITIVE_INFINITY)],
    ['a decimal', Decimal128.fromString('1.10')],
    ['a date', new Date('2026-11-23T12:34:56.789Z')],
    ['a date before 1970', new Date(-1)],
    ['an ObjectId', new ObjectId('65f0c0ffee65f0c0ffee65f0')],
    ['bytes', new Binary(Buffer.from([0, 1, 254, 255]))],
    ['a UUID', new Binary(Buffer.alloc(16, 7), Binary.SUBTYPE_UUID)],
    ['no bytes', new Binary(Buffer.alloc(0))],
    ['null', null],
    ['true', true],
    ['false', false],
    ['an empty string', ''],
    ['a string of several scripts', 'naïve Ω 漢字 مرحبا'],
    ['an emoji outside the basic plane', '👩‍👩‍👧‍👦 \u{1F680}'],
    ['a string with a zero character', 'a\0b'],
    ['an empty array', []],
    ['arrays in arrays', [[new Int32(1), [Long.fromNumber(2)]], []]],
    ['documents in arrays', [{ a: { b: [new Double(1)] } }, {}]],
    ['a timestamp', new Timestamp({ t: 5, i: 7 })],
    ['a regular expression', /^a.*z$/i],
  ])('%s', async (name, value) => {
    const things = database.db.collection<Document>('types');
    await things.insertOne({ _id: name, value } as Document);
    const found = await things.findOne({ _id: name } as Document, exact);
    expect(found).toEqual({ _id: name, value });
  });

  test('by an update, a replacement and a pipeline as well', async () => {
    const things = database.db.collection<Document>('updated');
    const value = { long: Long.fromNumber(1), int: new Int32(1), double: new Double(1) };
    const id = { _id: 'a' } as Document;
    await things.updateOne(id, { $set: value }, { upsert: true });
    expect(await things.findOne(id, exact)).toEqual({ _id: 'a', ...value });
    await things.replaceOne(id, { nested: value });
    expect(await things.findOne(id, exact)).toEqual({ _id: 'a', nested: value });
    await things.updateOne(id, [{ $set: { copy: '$nested.long' } }]);
    expect(await things.findOne(id, exact)).toEqual({ _id: 'a', nested: value, copy: value.long });
  });

  test('with its fields in the order they were written', async () => {
    const things = database.db.collection<Document>('order');
    await things.insertOne({ _id: 1, z: 1, a: 1, m: { z: 1, a: 1 } } as Document);
    const found = await things.findOne({});
    expect(Object.keys(found ?? {})).toEqual(['_id', 'z', 'a', 'm']);
    expect(Object.keys(found?.m)).toEqual(['z', 'a']);
  });
});

test('a document of 5 MB comes back whole', async () => {
  const things = database.db.collection<{ _id: string; text: string; bytes: Binary }>('large');
  const text = 'é'.repeat(1_250_000);
  const bytes = Buffer.alloc(2_500_000, 'hybrid');
  await things.insertOne({ _id: 'large', text, bytes: new Binary(bytes) });
  const found = await things.findOne({ _id: 'large' });
  expect(found?.text === text).toBe(true);
  expect(found?.bytes.buffer.length).toBe(bytes.length);
  expect(Buffer.compare(found?.bytes.buffer ?? Buffer.alloc(0), bytes)).toBe(0);
});

test('a batch larger than one message is split by the driver and stored whole', async () => {
  const things = database.db.collection<{ _id: number; text: string }>('many_large');
  const documents = Array.from({ length: 60 }, (_, index) => ({ _id: index, text: 'x'.repeat(1_000_000) }));
  const { insertedCount } = await things.insertMany(documents, { ordered: false });
  expect(insertedCount).toBe(60);
  expect(await things.countDocuments()).toBe(60);
});
