import { serialize } from 'bson';
import { expect, test } from 'vitest';
import { readCall } from './command.js';
import { duplicateKey } from './duplicate-key.js';

const call = readCall({
  requestId: 1,
  replyAs: 'msg',
  silent: false,
  body: Buffer.from(serialize({ insert: 'items', $db: 'shop' })),
  sequences: new Map(),
});
const engineMessage = (index: string) =>
  `Duplicate key violation on the requested collection: Index '${index}'`;

test('a duplicate _id is named', () => {
  expect(duplicateKey(call, { _id: 'a', x: 1 }, engineMessage('_id_'))).toEqual({
    errmsg: 'E11000 duplicate key error collection: shop.items index: _id_ dup key: { _id: "a" }',
    keyPattern: { _id: 1 },
    keyValue: { _id: 'a' },
  });
});

test("so is an update's, from its filter", () => {
  const update = { q: { _id: 7, version: { $lt: 3 } }, u: {} };
  expect(duplicateKey(call, update, engineMessage('_id_'))).toMatchObject({ keyValue: { _id: 7 } });
});

test('a condition on _id is no value', () => {
  const update = { q: { _id: { $gt: 7 } }, u: {} };
  expect(duplicateKey(call, update, engineMessage('_id_'))).toEqual({
    errmsg: 'E11000 duplicate key error collection: shop.items index: _id_',
  });
});

test('of another index, the name is all there is; sometimes not even that', () => {
  expect(duplicateKey(call, { _id: 1 }, engineMessage('email_1')).errmsg).toMatch(/index: email_1$/);
  expect(duplicateKey(call, undefined, 'conflicting key value').errmsg).toMatch(/collection: shop.items$/);
});
