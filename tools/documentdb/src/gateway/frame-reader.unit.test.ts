import { describe, expect, test } from 'vitest';
import { FrameReader, MAX_MESSAGE_BYTES, MalformedFrameError } from './frame-reader.js';

function frame(length: number, filler: number): Buffer {
  const bytes = Buffer.alloc(length, filler);
  bytes.writeInt32LE(length);
  return bytes;
}

describe('messages are cut out of a stream', () => {
  const frames = [frame(16, 1), frame(40, 2), frame(70_000, 3), frame(17, 4)];
  const stream = Buffer.concat(frames);

  test.each([1, 2, 3, 5, 15, 16, 17, 64, 1_000, 65_536, stream.length])('in chunks of %i bytes', (size) => {
    const reader = new FrameReader();
    const found: Buffer[] = [];
    for (let offset = 0; offset < stream.length; offset += size) {
      found.push(...reader.push(stream.subarray(offset, offset + size)));
    }
    expect(found.map((each) => each.length)).toEqual([16, 40, 70_000, 17]);
    expect(found.every((each, index) => each.equals(frames[index] ?? Buffer.alloc(0)))).toBe(true);
  });
});

test.each([0, 3, 15, -1, MAX_MESSAGE_BYTES + 1])('a length of %i is refused at once', (length) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(length);
  expect(() => new FrameReader().push(bytes)).toThrow(MalformedFrameError);
});
