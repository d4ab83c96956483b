import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptText } from '../tools/typed-value.js';
import { keptValue, keyBytesOf, keyNamed, unmarked } from './kept-bytes.js';

const LIMITS = { maxKeyBytes: 1024, maxValueBytes: 4096 };
const MARKED_KEY = Buffer.from('\0data:;base64,YQ==');
const MARKED_VALUE = Buffer.from('\0data:application/octet-stream;base64,YQ==');
/** Bytes of all kinds: text, no text, and what looks like a mark. */
const bytes = (...strange: Buffer[]) =>
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((array) => Buffer.from(array)),
    fc.string({ minLength: 1, unit: 'binary' }).map((text) => Buffer.from(text)),
    fc.constantFrom(...strange),
  );

describe('the name of a key', () => {
  it('stands for its bytes and no others', () => {
    fc.assert(
      fc.property(bytes(MARKED_KEY), bytes(MARKED_KEY), (one, other) => {
        const name = keyNamed(one, LIMITS);
        expect(name.isWellFormed()).toBe(true);
        expect(keyBytesOf(name)).toEqual(one);
        expect(keyNamed(other, LIMITS) === name).toBe(one.equals(other));
      }),
    );
  });

  it('is the text itself where the bytes are text', () => {
    expect(keyNamed(Buffer.from('user:ü'), LIMITS)).toBe('user:ü');
    expect(keyNamed(Buffer.from([0xff]), LIMITS)).toBe('\0data:;base64,/w==');
  });

  it('is refused where it is empty or too long as it is kept', () => {
    expect(() => keyNamed(Buffer.alloc(0), LIMITS)).toThrow('key: must not be empty');
    expect(() => keyNamed(Buffer.alloc(1025, 'a'), LIMITS)).toThrow('key: must be at most 1024 bytes');
    expect(() => keyNamed(Buffer.alloc(800, 0xff), LIMITS)).toThrow('key: must be at most 1024 bytes');
  });

  it('that another door gave and that stands for no key here is told apart', () => {
    for (const name of ['\0data:;base64,YQ==', '\0data:;base64,/w', '\0data:;base64,!']) {
      expect(keyBytesOf(name)).toBeUndefined();
    }
  });
});

describe('a value', () => {
  it('comes back byte for byte', () => {
    fc.assert(
      fc.property(bytes(MARKED_VALUE, Buffer.alloc(0)), (value) => {
        const kept = keptValue(value, LIMITS);
        expect(Buffer.from(unmarked(kept))).toEqual(value);
        expect(Buffer.from(unmarked(Buffer.from(kept)))).toEqual(value);
      }),
    );
  });

  it('that was kept with a type comes back as its bytes', () => {
    const kept = keptText({ value: '/wA=', contentType: 'image/png', encoding: 'base64' }, 4096);
    expect(unmarked(kept)).toEqual(Buffer.from([0xff, 0]));
    const text = keptText({ value: '<p>', contentType: 'text/html', encoding: undefined }, 4096);
    expect(unmarked(text)).toBe('<p>');
  });

  it('is refused where it is too large as it is kept', () => {
    expect(() => keptValue(Buffer.alloc(4097, 'a'), LIMITS)).toThrow('value: must be at most 4096 bytes');
    expect(() => keptValue(Buffer.alloc(4000, 0xff), LIMITS)).toThrow('value: must be at most 4096 bytes');
  });
});
