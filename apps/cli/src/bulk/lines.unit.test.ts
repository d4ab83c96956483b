import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LineKind, partsOfLines } from './inputs.js';
import { linesOf } from './lines.js';

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
  ['a number', '7', /must be an object/],
  ['no key', '{"value":"v"}', /^key: /],
  ['a number as value', '{"key":"a","value":300}', /^value: must be text/],
  ['an unknown field', '{"key":"a","value":"v","version":7}', /version/],
  ['a day', '{"key":"a","value":"v","expireAt":"2027-01-01"}', /^expireAt: /],
  [
    'two expiries',
    '{"key":"a","value":"v","ttlSec":1,"expireAt":"2027-01-01T00:00:00Z"}',
    /^expireAt: can't stand beside ttlSec$/,
  ],
])('%s is no pair', async (_, line, fault) => {
  expect(await readAlone(line, 'pairs')).toEqual({ fault: expect.stringMatching(fault) });
});

describe('a shadow', () => {
  const hash = createHash('sha256').update('v').digest('hex');
  const inAnHour = new Date(Date.now() + 3_600_000);
  const lineOf = (fields: object) => JSON.stringify({ _id: 'a', slot: 3, lastValue: 'v', ...fields });

  it.each<[what: string, line: string, pair: object]>([
    ['as mongoexport writes it', lineOf({ version: 7, valueHash: hash }), { value: 'v' }],
    [
      'that expires',
      lineOf({ expireAt: { $date: inAnHour.toISOString() } }),
      { value: 'v', expireAt: inAnHour.toISOString() },
    ],
    [
      'in canonical form',
      lineOf({
        version: { $numberLong: '7' },
        expireAt: { $date: { $numberLong: `${inAnHour.getTime()}` } },
      }),
      { value: 'v', expireAt: inAnHour.toISOString() },
    ],
    [
      'with a type',
      lineOf({ lastValue: '\0data:image/png;base64,/w==' }),
      { value: '/w==', contentType: 'image/png', encoding: 'base64' },
    ],
    ['of text that begins like a mark', lineOf({ lastValue: '\0data:,\0data:,v' }), { value: '\0data:,v' }],
  ])('%s is a pair', async (_, line, pair) => {
    expect(await readAlone(line, 'shadows')).toEqual({ pair: { key: 'a', ...pair } });
  });

  it.each<[what: string, line: string, read: object]>([
    ['a tombstone', lineOf({ lastValue: null, deleted: true }), { leftOut: 'deleted' }],
    ['one that has expired', lineOf({ expireAt: { $date: '2020-01-01T00:00:00Z' } }), { leftOut: 'expired' }],
    ['another document', '{"_id":{"$oid":"65a000000000000000000000"}}', { fault: '_id: is of no shadow' }],
    [
      'a damaged one',
      lineOf({ valueHash: hash, lastValue: 'w' }),
      { fault: 'valueHash: is of another value' },
    ],
  ])('%s is none', async (_, line, read) => {
    expect(await readAlone(line, 'shadows')).toEqual(read);
  });
});

async function readAlone(line: string | Buffer, kind: LineKind): Promise<unknown> {
  const parts = partsOfLines(
    Readable.from([Buffer.concat([Buffer.from(line as string), Buffer.from('\n')])]),
    kind,
  );
  for await (const { read } of parts) return read;
  throw new Error('no line was read');
}
