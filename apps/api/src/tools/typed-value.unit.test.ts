import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyText } from '../testing/any-text.js';
import { bytesOf, keptText, typedValueIn, typedValueOf } from './typed-value.js';

const PLENTY = 100_000;
const types = fc.constantFrom(
  'image/png',
  'text/html; charset=utf-8',
  'a/b;c="d;base64"',
  'application/json',
);

it('bytes of any type come back as they were', () => {
  fc.assert(
    fc.property(types, fc.uint8Array({ maxLength: 300 }), (type, array) => {
      const bytes = Buffer.from(array);
      const back = typedValueIn(keptText(typedValueOf(type, bytes), PLENTY));
      expect(back.contentType).toBe(type);
      expect(bytesOf(back)).toEqual(bytes);
    }),
  );
});

it('text comes back as it was, with a type or without, whatever it begins with', () => {
  const beginnings = fc.constantFrom(
    '',
    '\0',
    '\0data:',
    '\0data:,',
    '\0data:a/b,',
    '\0data:a/b;base64,',
    'data:',
  );
  fc.assert(
    fc.property(beginnings, anyText(0, 100), fc.option(types, { nil: undefined }), (begin, rest, type) => {
      const value = `${begin}${rest}`;
      const given = type === undefined ? { value } : { value, contentType: type };
      expect(typedValueIn(keptText(given, PLENTY))).toEqual(given);
    }),
  );
});

it('a value without a type is kept as it is', () => {
  expect(keptText({ value: 'data:text/plain,x' }, PLENTY)).toBe('data:text/plain,x');
});

it.each([': what is none', ':te xt\r\nx: y,v', ':é/ü;base64,AAAA', `:a/${'b'.repeat(200)},v`])(
  'what only looks like a mark is text: %j',
  (rest) => {
    expect(typedValueIn(`\0data${rest}`)).toEqual({ value: `\0data${rest}` });
  },
);

it('Base64 of text is kept, and told, as that text', () => {
  const kept = keptText({ value: 'aGk=', encoding: 'base64' }, PLENTY);
  expect(kept).toBe('\0data:application/octet-stream,hi');
  expect(typedValueIn(kept)).toEqual({ value: 'hi', contentType: 'application/octet-stream' });
});

it.each(['a', 'aGk', 'aGk=\n', 'aG k=', '====', 'aGk_'])('%j is no Base64', (value) => {
  expect(() => keptText({ value, encoding: 'base64' }, PLENTY)).toThrow('value: must be Base64');
});

it('what takes too much as it is kept is refused by the name of its argument', () => {
  const bytes = Buffer.alloc(75, 255);
  const { length } = keptText(typedValueOf('a/b', bytes), PLENTY);
  expect(keptText(typedValueOf('a/b', bytes), length)).toHaveLength(length);
  expect(() => keptText(typedValueOf('a/b', bytes), length - 1)).toThrow(
    `value: must be at most ${length - 1} bytes`,
  );
});
