import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Document } from 'yaml';
import { ConfigurationError } from '../permanent-errors.js';
import { loadSettings } from './load-settings.js';
import { SETTING_NAMES, SETTINGS } from './settings.js';

/** Bounded time for each property, in milliseconds. */
const BOUNDED = { numRuns: 300, interruptAfterTimeLimit: 5000 };
/** Longest that is said of one file. */
const MAX_TOLD = 10_000;
const SECRET = 'hunter2-4711';

let directory: string;
let file: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'strange-settings-'));
  file = join(directory, 'app.yaml');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What is wrong with a file; empty for one that is taken. Anything but a ConfigurationError is a fault of ours. */
function faultOf(text: string | Uint8Array): string {
  writeFileSync(file, text);
  try {
    loadSettings({ env: {}, file });
    return '';
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message;
  }
}

const bytes = fc.uint8Array({ maxLength: 200 });
/** Text that is full of what the parser looks for. */
const pointed = fc
  .array(
    fc.constantFrom(
      ...[
        'app',
        'redis',
        'url',
        'slots',
        ': ',
        ':',
        '\n',
        '\n  ',
        '\t',
        '- ',
        '? ',
        '[',
        ']',
        '{',
        '}',
        ', ',
      ],
      ...[
        '&a ',
        '*a ',
        '<<',
        '!!set ',
        '!x ',
        '|',
        '>-',
        '"',
        "'",
        '\\',
        '%',
        '#',
        '---\n',
        '...\n',
        '__proto__',
        '~',
      ],
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));
const someSettings = fc.subarray(SETTING_NAMES.filter((name) => SETTINGS[name].default !== undefined));
/** A file with these settings, each with its default. */
const written = (names: readonly (typeof SETTING_NAMES)[number][]) => {
  const document = new Document({});
  for (const name of names) document.setIn(SETTINGS[name].yaml.split('.'), SETTINGS[name].default);
  return String(document);
};

describe('whatever a settings file holds', () => {
  it('is taken, or refused by name and in few words', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, pointed), (text) => {
        expect(faultOf(text).length).toBeLessThan(MAX_TOLD);
      }),
      BOUNDED,
    );
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(someSettings, (names) => {
        writeFileSync(file, written(names));
        const { settings, sources } = loadSettings({ env: {}, file });
        expect(settings).toEqual(loadSettings({ env: {} }).settings);
        expect(SETTING_NAMES.filter((name) => sources[name] === 'file')).toEqual(names);
      }),
      { ...BOUNDED, numRuns: 50 },
    );
  });

  it('is not quoted, wherever a secret stands that is no name, and nothing is printed', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const secret = fc.constantFrom(
      ...['*', '!', '!<', '&', '|', '>', '@', '%', '"\\', '? ', '- ', '{', '[', '', '"', '--- ', '<<: *'].map(
        (before) => `${before}${SECRET}:@x `,
      ),
      ...['*', '!', '|', '%'].map((before) => `${before}${SECRET}`),
      `redis://:${SECRET}@h: x\n`,
    );
    fc.assert(
      fc.property(someSettings, secret, fc.nat(), fc.nat({ max: 3 }), (names, what, at, length) => {
        const text = `app:\n  redis:\n    url: \n${written(names.slice(0, 8)).replace(/^app:\n/, '')}`;
        const place = at % (text.length + 1);
        expect(faultOf(text.slice(0, place) + what + text.slice(place + length))).not.toContain(SECRET);
        expect(faultOf(`app:\n  redis:\n    url: ${what}`)).not.toContain(SECRET);
      }),
      BOUNDED,
    );
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it.each([
    ['an alias that leads to itself', 'app: &a\n  b: *a\n', /more than 20 deep/],
    [
      'aliases that multiply',
      `a: &a [x]\n${[...'bcdefghij'].map((each, n) => `${each}: &${each} [${`*${'abcdefghi'[n]},`.repeat(9)}]\n`).join('')}`,
      /too many/,
    ],
    ['lists in lists', '['.repeat(5000), /resource exhaustion/],
    ['sections in sections', `${'{a: '.repeat(500)}1${'}'.repeat(500)}`, /more than 20 deep/],
    ['many faults on one line', '"a" '.repeat(20_000), /unexpected token, line 1/],
    ['many unknown keys', Array.from({ length: 5000 }, (_, n) => `k${n}: 1\n`).join(''), /4980 more keys/],
    ['a key without end', `? ${'k'.repeat(90_000)}\n: 1\n`, /^[^k]*… in/],
    [
      'a list that is wrong everywhere',
      `app: { http: { allowed-hosts: [${'{},'.repeat(30_000)}] } }`,
      /allowed-hosts: ./,
    ],
    ['a tag that nobody knows', 'app: !vault x\n', /tag resolve failed, line 1, column 6/],
    ['more than a file may hold', '#'.repeat(100_001), /larger than/],
  ])('%s: refused, in few words', (_, text, fault) => {
    const told = faultOf(text);
    expect(told).toMatch(fault);
    expect(told.length).toBeLessThan(MAX_TOLD);
  });
});

it('whatever a variable holds is taken, or refused without being quoted', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 50 }),
    fc.constantFrom('redis://', 'mongodb://', 'http://', '1e9', '-1', '0x1', '[::1]', '%ff@'),
  );
  fc.assert(
    fc.property(fc.constantFrom(...SETTING_NAMES), text, text, (name, before, after) => {
      try {
        loadSettings({ env: { [SETTINGS[name].env]: `${before}${SECRET}${after}` } });
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigurationError);
        expect(String(error)).not.toContain(SECRET);
      }
    }),
    { ...BOUNDED, numRuns: 2000 },
  );
});
