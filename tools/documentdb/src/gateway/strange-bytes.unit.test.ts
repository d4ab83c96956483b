import { type Document, deserialize, serialize } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectionOf, readCall } from './command.js';
import { CommandError } from './command-error.js';
import { FrameReader, HEADER_BYTES, MalformedFrameError } from './frame-reader.js';
import { decodeRequest, encodeReply } from './op-msg.js';
import { documentsIn, rawFields, stringValue, withoutFields } from './raw-document.js';

/** Bounded time for each property, in milliseconds. */
const BOUNDED = { numRuns: 1000, interruptAfterTimeLimit: 5000 };

/** A whole message of these bytes after its header. */
function frame(opCode: number, content: Uint8Array): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(HEADER_BYTES), content]);
  bytes.writeInt32LE(bytes.length, 0);
  bytes.writeInt32LE(opCode, 12);
  return bytes;
}

function sequenceOf(documents: readonly Document[]): Buffer {
  const content = Buffer.concat([Buffer.from('documents\0'), ...documents.map((each) => serialize(each))]);
  const head = Buffer.from([1, 0, 0, 0, 0]);
  head.writeInt32LE(4 + content.length, 1);
  return Buffer.concat([head, content]);
}

const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !/[\0$]/.test(text));
const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double(),
  fc.uint8Array(),
);
const nested = fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.dictionary(name, value, { maxKeys: 3 }));
const command = fc.dictionary(name, nested, { minKeys: 1, maxKeys: 5 });
const message = fc
  .record({ command, documents: fc.array(fc.dictionary(name, value, { maxKeys: 3 }), { maxLength: 3 }) })
  .map(({ command: fields, documents }) => ({
    fields,
    documents,
    bytes: frame(
      2013,
      Buffer.concat([
        Buffer.alloc(4),
        Buffer.from([0]),
        serialize({ ...fields, $db: 'd' }),
        sequenceOf(documents),
      ]),
    ),
  }));
const query = command.map((fields) =>
  frame(
    2004,
    Buffer.concat([Buffer.alloc(4), Buffer.from('admin.$cmd\0'), Buffer.alloc(8), serialize(fields)]),
  ),
);

/** A proper message in which some bytes are others, lengths of 0 and below among them. */
const damaged = fc
  .tuple(
    fc.oneof(
      message.map(({ bytes }) => bytes),
      query,
    ),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 4, 5, 127, 128, 254, 255)), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([bytes, changes]) => {
    const copy = Buffer.from(bytes);
    for (const [at, byte] of changes) copy[4 + (at % (copy.length - 4))] = byte;
    return copy;
  });
const strange = fc
  .tuple(fc.constantFrom(2013, 2004, 2012, 0), fc.uint8Array({ maxLength: 200 }))
  .map(([opCode, bytes]) => frame(opCode, bytes));

/** Reads a message as a connection does: each refusal is one that the connection knows. */
function readWhole(bytes: Buffer): void {
  try {
    const request = decodeRequest(bytes);
    for (const each of request.sequences.values()) {
      expect(Buffer.concat(documentsIn(each)).equals(each)).toBe(true);
    }
    const fields = rawFields(request.body);
    // Fields lie end to end and fill the document: nothing beside it is ever read, or sent on.
    const ends = [4, ...fields.map(({ end }) => end)];
    expect([...fields.map(({ start }) => start), request.body.length - 1]).toEqual(ends);
    for (const field of fields) stringValue(request.body, field);
    const spec = withoutFields(request.body, fields, new Set(['$db', fields[0]?.name ?? '']));
    expect(rawFields(spec).length).toBeLessThanOrEqual(fields.length);
    expect(Buffer.concat(encodeReply(request, spec)).length).toBeLessThan(bytes.length + 40);
    collectionOf(readCall(request));
  } catch (error) {
    if (!(error instanceof MalformedFrameError)) expect(error).toBeInstanceOf(CommandError);
  }
}

describe('whatever bytes arrive', () => {
  it('a stream is cut into messages or refused, in whatever chunks it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 }), (chunks) => {
        const reader = new FrameReader();
        try {
          const frames = chunks.flatMap((chunk) => reader.push(Buffer.from(chunk)));
          expect(Buffer.concat(chunks).indexOf(Buffer.concat(frames))).toBe(0);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedFrameError);
        }
      }),
      BOUNDED,
    );
  });

  it('a message is read, or refused with a reason of its own', () => {
    fc.assert(fc.property(fc.oneof(damaged, damaged, strange), readWhole), { ...BOUNDED, numRuns: 5000 });
  });

  it('a document sequence is one of documents, or refused', () => {
    const sequence = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(fc.array(command, { maxLength: 3 }), fc.integer({ min: -5, max: 5 }))
        .map(([documents, length]) => {
          const rest = Buffer.alloc(4);
          rest.writeInt32LE(length);
          return Buffer.concat([...documents.map((each) => serialize(each)), rest]);
        }),
    );
    fc.assert(
      fc.property(sequence, (bytes) => {
        try {
          const documents = documentsIn(Buffer.from(bytes));
          expect(Buffer.concat(documents).equals(Buffer.from(bytes))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedFrameError);
        }
      }),
      BOUNDED,
    );
  });
});

it('a proper stream is read as it was meant, in whatever chunks it comes', () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 300 }),
      (sent, size) => {
        const stream = Buffer.concat(sent.map(({ bytes }) => bytes));
        const reader = new FrameReader();
        const frames: Buffer[] = [];
        for (let at = 0; at < stream.length; at += size)
          frames.push(...reader.push(stream.subarray(at, at + size)));
        const calls = frames.map((each) => readCall(decodeRequest(each)));
        expect(calls.map(({ db, spec }) => [db, Buffer.from(spec).toString('hex')])).toEqual(
          sent.map(({ fields }) => ['d', Buffer.from(serialize(fields)).toString('hex')]),
        );
        expect(
          calls.map(({ sequence }) =>
            documentsIn(sequence ?? Buffer.alloc(0)).map((each) => deserialize(each)),
          ),
        ).toEqual(sent.map(({ documents }) => documents.map((each) => deserialize(serialize(each)))));
      },
    ),
    { ...BOUNDED, numRuns: 300 },
  );
});
