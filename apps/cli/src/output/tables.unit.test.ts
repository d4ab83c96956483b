import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { printable, printableJson } from './printable.js';
import { resultTables } from './tables.js';

const PLAIN = { bold: String, dim: String, alarm: String };
const tables = (result: Record<string, unknown>, width = 80) => resultTables(result, { width, style: PLAIN });

describe('an answer as tables', () => {
  it('has its fields below one another, those of an object with its name before them', () => {
    expect(tables({ found: true, pod: { active: 0, max: 10 }, expireAt: null })).toBe(
      [
        '┌────────────┬──────┐',
        '│ found      │ yes  │',
        '│ pod.active │ 0    │',
        '│ pod.max    │ 10   │',
        '│ expireAt   │ none │',
        '└────────────┴──────┘',
      ].join('\n'),
    );
  });

  it('has a table for a list, with a column for every field that an entry has', () => {
    expect(
      tables({
        pairs: [
          { key: 'a', value: 'b' },
          { key: 'c', found: false },
        ],
        cursor: '0',
      }),
    ).toBe(
      [
        'pairs: 2',
        '┌─────┬───────┬───────┐',
        '│ key │ value │ found │',
        '├─────┼───────┼───────┤',
        '│ a   │ b     │       │',
        '│ c   │       │ no    │',
        '└─────┴───────┴───────┘',
        '┌────────┬───┐',
        '│ cursor │ 0 │',
        '└────────┴───┘',
      ].join('\n'),
    );
  });

  it('shows four figures of a number that is not whole', () => {
    const text = tables({ share: 0.9893078221722004, rate: 12345.678, whole: 1795438874869653 });
    expect(text.match(/[\d.]+/g)).toEqual(['0.9893', '12350', '1795438874869653']);
  });

  it('takes no inherited property for a field', () => {
    expect(tables({ list: [{ valueOf: 1 }, {}] })).toContain('│         │');
  });

  it('says in words what a cell has parts of', () => {
    const shown = tables(
      {
        changes: [
          {
            breakers: { fast: 'closed', outbox: null },
            names: ['a', 'b'],
            settings: [{ name: 'x', on: false }, { name: 'y' }],
            none: [],
          },
        ],
      },
      200,
    );
    const cells = shown
      .split('\n')[4]
      ?.split('│')
      .map((cell) => cell.trim());
    expect(cells).toEqual(['', 'fast: closed, outbox: none', 'a, b', 'name: x, on: no; name: y', 'none', '']);
  });

  it('names an empty list', () => {
    expect(tables({ deadLetters: [] })).toBe('deadLetters: none');
  });

  it('shows entries one below another where columns would become too narrow', () => {
    const entry = { name: 'app.sync.mode', meaning: 'adaptive, hybrid or event-only; see there' };
    expect(tables({ settings: [entry, entry] }, 36)).toBe(
      [
        'settings: 2',
        '┌─────────┬───────────────────────┐',
        '│ name    │ app.sync.mode         │',
        '│ meaning │ adaptive, hybrid or   │',
        '│         │ event-only; see there │',
        '├─────────┼───────────────────────┤',
        '│ name    │ app.sync.mode         │',
        '│ meaning │ adaptive, hybrid or   │',
        '│         │ event-only; see there │',
        '└─────────┴───────────────────────┘',
      ].join('\n'),
    );
  });

  it('cuts a long value, and says so', () => {
    const text = tables({ value: 'v'.repeat(1_000_000) }, Number.POSITIVE_INFINITY);
    expect(text).toContain('… (1000000 characters; --json shows them all)');
    expect(text.length).toBeLessThan(5000);
  });

  const text = fc.string({ unit: 'binary', maxLength: 300 });
  const value = fc.oneof(text, fc.double(), fc.boolean(), fc.constant(null));
  const flat = fc.dictionary(text, value, { maxKeys: 6 });
  const answer = fc.dictionary(fc.string(), fc.oneof(value, flat, fc.array(flat), fc.array(text)));

  it('is never wider than the terminal, whatever is in it', () => {
    fc.assert(
      fc.property(answer, fc.integer({ min: 60, max: 200 }), (result, width) => {
        // Names of fields are the api's own and short; only values are anybody's.
        const named = JSON.parse(JSON.stringify(result), (_, each) =>
          each !== null && typeof each === 'object' && !Array.isArray(each)
            ? Object.fromEntries(Object.values(each).map((inner, index) => [`field${index}`, inner]))
            : each,
        );
        for (const line of tables(named, width).split('\n')) {
          expect(stringWidth(line), line).toBeLessThanOrEqual(width);
        }
      }),
      // Wrapping is slow on the largest answers.
      { numRuns: 20 },
    );
  });

  it('has nothing in it that a terminal acts upon', () => {
    fc.assert(
      fc.property(answer, (result) => {
        const shown = tables(result).replaceAll('\n', '');
        expect(shown).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe('text for a terminal', () => {
  it.each([
    ['\x1b[2J', '\\u001b[2J'],
    ['a\nb\tc\r', 'a\\nb\\tc\\r'],
    ['\x7f\x9b31m', '\\u007f\\u009b31m'],
    ['\u202egpj', '\\u202egpj'],
    ['\ud83d', '\\ud83d'],
    ['ключ 🔑 👩‍💻', 'ключ 🔑 👩‍💻'],
  ])('%j is shown as %j', (given, shown) => {
    expect(printable(given)).toBe(shown);
  });

  it('as JSON stays the same document', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (given) => {
        const json = printableJson({ given });
        expect(JSON.parse(json)).toEqual({ given });
        expect(json).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
