import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryOf } from './journal-entry.js';

/** Bounded time for each property, in milliseconds. */
const BOUNDED = { numRuns: 2000, interruptAfterTimeLimit: 5000 };

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom(
    '',
    'set',
    'del',
    'NaN',
    '-1',
    '0',
    '1e400',
    '9007199254740993',
    '__proto__',
    '0x10',
    ' 5 ',
  ),
);
const field = fc.oneof(
  text,
  fc.constantFrom('key', 'op', 'value', 'expireAt', 'ttlSec', 'sessionId', 'interactionId'),
);
const ours = fc.constantFrom<[string, string]>(['key', 'k'], ['op', 'set'], ['op', 'del']);
const pair = fc.oneof(fc.tuple(field, text), ours);
const id = fc.oneof(
  fc.tuple(fc.nat(), fc.nat({ max: 2 })).map(([version, part]) => `${version}-${part}`),
  fc.constantFrom('18446744073709551615-0', '9007199254740993-0', '0-1', '', '-', 'x-0'),
);
const version = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

describe('whatever others left in a journal', () => {
  it('is a mutation whose every part can be stored, or none of ours', () => {
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(id, fc.array(pair, { maxLength: 9 }), (entryId, pairs) => {
        const mutation = entryOf(3, entryId, pairs.flat());
        if (mutation === undefined) {
          refused += 1;
          return;
        }
        taken += 1;
        expect(mutation.key).not.toBe('');
        expect(`${mutation.version}-0`).toBe(entryId);
        expect(Number.isSafeInteger(mutation.version)).toBe(true);
        expect(typeof mutation.value).toBe(mutation.op === 'set' ? 'string' : 'undefined');
        for (const number of [mutation.expireAt, mutation.ttlSec]) {
          expect(number === undefined || Number.isFinite(number)).toBe(true);
        }
        const { expireAt } = mutation;
        if (expireAt !== undefined) expect(Number.isNaN(new Date(expireAt).getTime())).toBe(false);
      }),
      BOUNDED,
    );
    expect(Math.min(taken, refused)).toBeGreaterThan(0);
  });

  it('is read as it was written, its fields in whatever order', () => {
    const written = fc.record({
      key: fc.string({ minLength: 1 }),
      value: fc.string(),
      expireAt: fc.integer({ min: 1, max: 4e12 }),
      sessionId: fc.string({ minLength: 1 }),
    });
    fc.assert(
      fc.property(written, version, fc.boolean(), (fields, at, reversed) => {
        const pairs = Object.entries({ op: 'set', ...fields }).map(([name, each]) => [name, String(each)]);
        const flat = (reversed ? pairs.reverse() : pairs).flat();
        expect(entryOf(1, `${at}-0`, flat)).toMatchObject({ ...fields, op: 'set', slot: 1, version: at });
      }),
      BOUNDED,
    );
  });
});
