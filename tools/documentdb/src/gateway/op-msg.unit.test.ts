import { deserialize, serialize } from 'bson';
import { describe, expect, test } from 'vitest';
import { MalformedFrameError } from './frame-reader.js';
import { decodeRequest, encodeReply } from './op-msg.js';

function msg(flags: number, ...sections: Uint8Array[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(20), ...sections]);
  bytes.writeInt32LE(bytes.length, 0);
  bytes.writeInt32LE(77, 4);
  bytes.writeInt32LE(2013, 12);
  bytes.writeUInt32LE(flags, 16);
  return bytes;
}

const body = (document: object) => Buffer.concat([Buffer.from([0]), serialize(document)]);

function sequence(name: string, ...documents: object[]): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents.map((each) => serialize(each))]);
  const head = Buffer.from([1, 0, 0, 0, 0]);
  head.writeInt32LE(4 + content.length, 1);
  return Buffer.concat([head, content]);
}

describe('OP_MSG', () => {
  test('has a body', () => {
    const request = decodeRequest(msg(0, body({ ping: 1, $db: 'admin' })));
    expect(request).toMatchObject({ requestId: 77, replyAs: 'msg', silent: false });
    expect(deserialize(request.body)).toEqual({ ping: 1, $db: 'admin' });
  });

  test('may have a sequence, before its body or after', () => {
    const parts = [body({ insert: 'a' }), sequence('documents', { _id: 1 }, { _id: 2 })];
    for (const sections of [parts, [...parts].reverse()]) {
      const documents = decodeRequest(msg(0, ...sections)).sequences.get('documents') ?? Buffer.alloc(0);
      expect(documents.equals(Buffer.concat([serialize({ _id: 1 }), serialize({ _id: 2 })]))).toBe(true);
    }
  });

  test('may end with a checksum, and want no reply', () => {
    const request = decodeRequest(msg(1 | 2, body({ a: 1 }), Buffer.alloc(4, 0xff)));
    expect(request.silent).toBe(true);
    expect(deserialize(request.body)).toEqual({ a: 1 });
  });

  test('may carry optional flags nobody knows', () => {
    expect(decodeRequest(msg(1 << 20, body({ a: 1 }))).silent).toBe(false);
  });

  test.each<[string, Buffer]>([
    ['without a body', msg(0)],
    ['with two bodies', msg(0, body({ a: 1 }), body({ b: 1 }))],
    ['with a section of an unknown kind', msg(0, Buffer.from([9, 5, 0, 0, 0, 0]))],
    ['with a section longer than the message', msg(0, Buffer.from([0, 99, 0, 0, 0, 0]))],
    ['with half a length', msg(0, Buffer.from([0, 5, 0]))],
    ['with a sequence without a name', msg(0, Buffer.from([1, 6, 0, 0, 0, 65, 65]))],
    ['with a required flag nobody knows', msg(1 << 4, body({ a: 1 }))],
  ])('%s is refused', (_name, frame) => {
    expect(() => decodeRequest(frame)).toThrow(MalformedFrameError);
  });
});

test('a message of another kind is refused', () => {
  const frame = msg(0, body({ a: 1 }));
  frame.writeInt32LE(2012, 12);
  expect(() => decodeRequest(frame)).toThrow(/op code 2012/);
});

test('a reply answers its request, in the form that was asked in', () => {
  const request = decodeRequest(msg(0, body({ ping: 1 })));
  const reply = Buffer.concat(encodeReply(request, serialize({ ok: 1 })));
  expect([reply.readInt32LE(0), reply.readInt32LE(8), reply.readInt32LE(12)]).toEqual([
    reply.length,
    77,
    2013,
  ]);
  expect(deserialize(reply.subarray(21))).toEqual({ ok: 1 });
  const old = Buffer.concat(encodeReply({ ...request, replyAs: 'reply' }, serialize({ ok: 1 })));
  expect([old.readInt32LE(0), old.readInt32LE(12), old.readInt32LE(32)]).toEqual([old.length, 1, 1]);
  expect(deserialize(old.subarray(36))).toEqual({ ok: 1 });
});
