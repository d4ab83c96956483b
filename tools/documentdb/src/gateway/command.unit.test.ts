import { deserialize, Long, serialize } from 'bson';
import { expect, test } from 'vitest';
import { collectionOf, documentFromText, readCall } from './command.js';
import type { WireRequest } from './op-msg.js';

const request = (document: object): WireRequest => ({
  requestId: 1,
  replyAs: 'msg',
  silent: false,
  body: Buffer.from(serialize(document)),
  sequences: new Map(),
});

test('a command loses what means nothing to the engine, and keeps the rest as it is', () => {
  const call = readCall(
    request({
      find: 'items',
      filter: { a: Long.fromNumber(1) },
      lsid: { id: 1 },
      $clusterTime: {},
      readConcern: { level: 'majority' },
      writeConcern: { w: 'majority' },
      $readPreference: { mode: 'primary' },
      comment: 'x',
      maxTimeMS: 5,
      $db: 'shop',
    }),
  );
  expect(call).toMatchObject({ name: 'find', db: 'shop' });
  expect(collectionOf(call)).toBe('items');
  expect(deserialize(call.spec, { promoteLongs: false })).toEqual({
    find: 'items',
    filter: { a: Long.fromNumber(1) },
    maxTimeMS: 5,
  });
});

test('a part of a transaction is refused, not run by itself', () => {
  const part = {
    insert: 'items',
    txnNumber: Long.ONE,
    autocommit: false,
    startTransaction: true,
    $db: 'shop',
  };
  expect(() => readCall(request(part))).toThrow(/Transaction numbers/);
});

test('a command needs a database and a name', () => {
  expect(() => readCall(request({ ping: 1 }))).toThrow(/\$db/);
  expect(() => readCall(request({}))).toThrow(/no fields/);
});

test('a command on a collection needs its name', () => {
  expect(() => collectionOf(readCall(request({ find: 1, $db: 'shop' })))).toThrow(/name of a collection/);
});

test('documents come from the engine as hexadecimal digits', () => {
  const document = Buffer.from(serialize({ a: 1 }));
  expect(documentFromText(`BSONHEX${document.toString('hex')}`).equals(document)).toBe(true);
  expect(() => documentFromText(null)).toThrow(/no document/);
});
