import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linesOf } from './lines.js';
import { pairIn } from './pair-line.js';

async function* partsOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (let at = 0; from < bytes.length; at++) {
    const size = sizes[at % sizes.length] ?? 1;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}
async function collected(text: string, sizes: readonly number[], most = 1000) {
  const lines: { number: number; bytes: Buffer | undefined }[] = [];
  for await (const line of linesOf(partsOf(Buffer.from(text), sizes), most)) lines.push(line);
  return lines;
}

it('lines end at line breaks only, however the input comes', async () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'é', '\u2028', '\r', '"') });
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(fc.array(line), sizes, async (texts, some) => {
      const found = await collected(texts.map((text) => `${text}\n`).join(''), some);
      expect(found.map(({ bytes }) => bytes?.toString())).toEqual(texts);
      expect(found.map(({ number }) => number)).toEqual(texts.map((_, index) => index + 1));
    }),
  );
});

it('the last line needs no line break, and one that is too long is not held', async () => {
  expect(await collected('a\nbbbb\ncc', [3], 3)).toEqual([
    { number: 1, bytes: Buffer.from('a') },
    { number: 2, bytes: undefined },
    { number: 3, bytes: Buffer.from('cc') },
  ]);
});

it.each<[what: string, line: string | Buffer, fault: RegExp]>([
  ['no JSON', '{"key":', /^is not JSON$/],
  ['an empty line', '', /^is not JSON$/],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /^is not UTF-8$/],
  ['a number', '7', /expected object/],
  ['no key', '{"value":"v"}', /^key: /],
  ['a number as value', '{"key":"a","value":300}', /^value: must be text/],
  ['an unknown field', '{"key":"a","value":"v","version":7}', /version/],
  ['a day', '{"key":"a","value":"v","expireAt":"2027-01-01"}', /^expireAt: /],
  [
    'two expiries',
    '{"key":"a","value":"v","ttlSec":1,"expireAt":"2027-01-01T00:00:00Z"}',
    /^expireAt: can't stand beside ttlSec$/,
  ],
])('%s is no pair', (_, line, fault) => {
  expect(pairIn(Buffer.from(line as string))).toEqual({ fault: expect.stringMatching(fault) });
});
