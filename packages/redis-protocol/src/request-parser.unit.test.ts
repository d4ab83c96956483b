import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from './protocol-error.js';
import { type RedisRequest, RequestParser } from './request-parser.js';

const BOUNDS = { argumentBytes: 1000, requestBytes: 4000 };

/** What a parser makes of chunks, as it comes. @throws ProtocolError */
function requestsIn(chunks: readonly Buffer[], trusted = true): RedisRequest[] {
  const parser = new RequestParser(BOUNDS, trusted);
  const found: RedisRequest[] = [];
  for (const chunk of chunks) {
    parser.feed(chunk);
    for (let next = parser.next(); next !== undefined; next = parser.next()) found.push(next);
  }
  return found;
}

const argsIn = (text: string, trusted?: boolean) =>
  requestsIn([Buffer.from(text, 'latin1')], trusted).map(({ args }) =>
    args.map((arg) => arg.toString('latin1')),
  );

/** A request as clients send it. */
function written(args: readonly Buffer[]): Buffer {
  const parts = args.flatMap((arg) => [Buffer.from(`$${arg.length}\r\n`), arg, Buffer.from('\r\n')]);
  return Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...parts]);
}

/** Bytes in pieces that end anywhere. */
const inPieces = (bytes: Buffer, ends: readonly number[]) => {
  const cuts = [...new Set([0, ...ends.map((end) => end % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
};

describe('requests', () => {
  it('come out as they were sent, however they arrive', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
    const requests = fc.array(fc.array(bytes, { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(requests, fc.array(fc.nat(2000), { maxLength: 12 }), (sent, ends) => {
        const found = requestsIn(inPieces(Buffer.concat(sent.map(written)), ends));
        expect(found.map(({ args }) => args)).toEqual(sent);
      }),
    );
  });

  it('that a person typed are lines, with quotation marks as Redis takes them', () => {
    expect(argsIn('PING\r\n\r\n  SET a  "x \\x41\\n\\"y"\nGET \'it\\\'s\'\r\n')).toEqual([
      ['PING'],
      ['SET', 'a', 'x A\n"y'],
      ['GET', "it's"],
    ]);
  });

  it('without arguments are passed over', () => {
    expect(argsIn('*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n')).toEqual([['PING']]);
  });

  it('that are too large are thrown away, and those behind them are taken', () => {
    const large = Buffer.alloc(1001, 'x');
    const many = Array.from({ length: 60 }, () => Buffer.from('abc'));
    const sent = Buffer.concat([[Buffer.from('SET'), large], many, [Buffer.from('PING')]].map(written));
    for (const pieces of [[sent], inPieces(sent, [3, 500, 900, 1200, 1300])]) {
      const found = requestsIn(pieces);
      expect(found.map(({ tooLarge }) => tooLarge)).toEqual([true, true, false]);
      expect(found[2]?.args.map(String)).toEqual(['PING']);
    }
  });
});

describe('what is no request', () => {
  it.each([
    ['*x\r\n', 'invalid multibulk length'],
    ['*2147483648\r\n', 'invalid multibulk length'],
    ['*1\r\n+PING\r\n', "expected '$', got '+'"],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$536870913\r\n', 'invalid bulk length'],
    ['*1\r\n$99999999999999999999\r\n', 'invalid bulk length'],
    ['*1\r\n$1\r\nabc', 'a bulk string is longer than its head says'],
    ['SET a "x\r\n', 'unbalanced quotes in request'],
    ['GET "a"b\r\n', 'unbalanced quotes in request'],
    ['x'.repeat(65_537), 'too big inline request'],
    [`*${'1'.repeat(65_537)}`, 'too big mbulk count string'],
    [`*1\r\n$${'1'.repeat(65_537)}`, 'too big bulk count string'],
  ])('is refused: %j', (sent, what) => {
    expect(() => argsIn(sent)).toThrow(new ProtocolError(what));
  });

  it('is more than little of a stranger', () => {
    expect(() => argsIn('*11\r\n', false)).toThrow('unauthenticated multibulk length');
    expect(() => argsIn('*1\r\n$16385\r\n', false)).toThrow('unauthenticated bulk length');
    expect(argsIn('*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n', false)).toEqual([['AUTH', 'x']]);
  });

  it('ends as a ProtocolError, or in waiting for more, whatever it is', () => {
    const noise = fc.oneof(
      fc.constantFrom(
        '*',
        '$',
        '\r\n',
        '*1\r\n',
        '*3\r\n',
        '$3\r\n',
        '$0\r\n',
        'abc',
        '"',
        "'",
        '\\x4',
        '\0',
        '-1',
      ),
      fc.string({ maxLength: 8, unit: 'binary' }),
    );
    fc.assert(
      fc.property(
        fc.array(noise, { maxLength: 30 }),
        fc.array(fc.nat(200), { maxLength: 8 }),
        (words, ends) => {
          const bytes = Buffer.from(words.join(''), 'latin1');
          try {
            const kept = requestsIn(inPieces(bytes, ends));
            expect(kept.every(({ args }) => args.length > 0 || bytes.length > 0)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('what it holds', () => {
  it('is told, without what it throws away', () => {
    const parser = new RequestParser({ argumentBytes: 100, requestBytes: 1000 }, true);
    expect(parser.heldBytes).toBe(0);
    parser.feed(Buffer.from(`*3\r\n$100\r\n${'x'.repeat(100)}\r\n$50\r\n${'x'.repeat(20)}`));
    parser.next();
    expect(parser.heldBytes).toBeGreaterThanOrEqual(120);
    expect(parser.heldBytes).toBeLessThan(300);
    parser.feed(Buffer.from(`${'x'.repeat(30)}\r\n$5000\r\n${'x'.repeat(3000)}`));
    parser.next();
    expect(parser.heldBytes).toBe(0);
  });

  it('is no chunk of an argument that comes in several', () => {
    const parser = new RequestParser({ argumentBytes: 10_000, requestBytes: 20_000 }, true);
    parser.feed(Buffer.from('*1\r\n$9000\r\n'));
    for (let at = 0; at < 9000; at++) {
      const chunk = Buffer.from('x');
      parser.feed(chunk);
      expect(parser.next()).toBeUndefined();
      chunk.write('y');
    }
    parser.feed(Buffer.from('\r\n'));
    expect(String(parser.next()?.args[0])).toBe('x'.repeat(9000));
  });

  it('counts what each argument costs, of a line as well', () => {
    const parser = new RequestParser({ argumentBytes: 100, requestBytes: 1000 }, true);
    parser.feed(Buffer.from(`MGET ${'a '.repeat(1000)}\r\n`));
    expect(parser.next()?.bytes).toBeGreaterThan(64_000);
  });
});
