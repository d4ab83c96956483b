import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createToken, tokenHash } from './create-token.js';
import { ROLES } from './roles.js';
import {
  parseExpiry,
  parseTokenEntries,
  readTokenEntries,
  TokenEntryError,
  writeTokenEntry,
} from './token-entry.js';

/** Bounded time for each property, in milliseconds. */
const BOUNDED = { numRuns: 1000, interruptAfterTimeLimit: 5000 };

/** Longest sentence about one entry. */
const MAX_SENTENCE = 120;

const bytes = fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each).toString('utf8'));
const hash = fc.string({ maxLength: 8 }).map((text) => tokenHash(text).toString('hex'));
/** Text that is full of what the parser looks for. */
const pointed = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ':',
        '#',
        ',',
        ' ',
        '\n',
        '\r',
        '\u2028',
        'read',
        'admin',
        '__proto__',
        '2030-02-30',
        'Z',
      ),
      hash,
      bytes,
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

const entry = fc.record(
  {
    name: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
    role: fc.constantFrom(...ROLES),
    sha256: fc.string({ maxLength: 20 }).map(tokenHash),
    expiresAt: fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59.999Z') }),
  },
  { requiredKeys: ['name', 'role', 'sha256'] },
);
const entries = fc.uniqueArray(entry, {
  maxLength: 10,
  comparator: (a, b) => a.name === b.name || a.sha256.equals(b.sha256),
});

describe('whatever a token file holds', () => {
  it('is read, or refused entry by entry', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, pointed), (text) => {
        const { entries: read, faults } = readTokenEntries(text);
        for (const fault of faults) expect(fault.length).toBeLessThan(MAX_SENTENCE);
        expect(readTokenEntries(read.map(writeTokenEntry).join('\n'))).toEqual({ entries: read, faults: [] });
      }),
      BOUNDED,
    );
  });

  it('is read as it was written, between whatever comments and spaces', () => {
    const comment = fc.string({ unit: 'binary' }).map((text) => ` #${text.replaceAll('\n', '')}\n`);
    const between = fc.oneof(fc.constantFrom('\n', '\r\n', ' ', ',', '\t,\n'), comment);
    fc.assert(
      fc.property(entries, between, (list, gap) => {
        expect(parseTokenEntries(list.map((each) => writeTokenEntry(each) + gap).join(''))).toEqual(list);
      }),
      BOUNDED,
    );
  });

  it('is never quoted, wherever a token was put by mistake', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.nat({ max: 3 }), (list, at, length) => {
        const { token } = createToken({ name: 'n', role: 'read' });
        const text = list.map(writeTokenEntry).join('\n');
        const place = at % (text.length + 1);
        const damaged = text.slice(0, place) + token + text.slice(place + length);
        expect(readTokenEntries(damaged).faults.join()).not.toContain(token.slice(3, 12));
      }),
      BOUNDED,
    );
  });

  it('costs no more than its length, and is told of in few words', () => {
    const many = Array.from({ length: 50_000 }, (_, n) => `n${n}:read:${n.toString(16).padStart(64, '0')}`);
    expect(readTokenEntries(many.join('\n')).entries).toHaveLength(many.length);
    const { faults } = readTokenEntries('x '.repeat(50_000));
    expect(faults).toHaveLength(21);
    expect(faults.at(-1)).toBe('49980 more entries');
  });
});

it('an expiry is read or refused by name, and one that was written properly as it was meant', () => {
  fc.assert(
    fc.property(fc.oneof(bytes, fc.stringMatching(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/)), (text) => {
      try {
        expect(new Date(parseExpiry(text)).toISOString().startsWith(text.replace('Z', ''))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(TokenEntryError);
      }
    }),
    BOUNDED,
  );
});
