import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './testing/run-cli.js';

const BIN = new URL('../bin/hybrid-sync.js', import.meta.url).pathname;
const MAX_KEY_BYTES = 1024;
const MAX_VALUE_BYTES = 1_048_576;

let system: RealSystem;
let api: RealApp;
let folder: string;
let files = 0;
beforeAll(async () => {
  system = new RealSystem();
  api = await system.start('api');
  folder = await mkdtemp(join(tmpdir(), 'cli-round-trip-'));
});
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true });
});

/** How a text is given: in the command line itself unless it can't stand there. */
type Way = 'word' | 'file' | 'input';

/** The argument that stands for a text, and what standard input then holds. */
async function argument(name: string, text: string, way: Way): Promise<{ word: string; stdin: string }> {
  const fits = !/[\0\ufffd]/.test(text) && Buffer.byteLength(text) < 100_000;
  if (way === 'word' && fits) return { word: `${name}=${text.replace(/^@/, '@@')}`, stdin: '' };
  if (way === 'input') return { word: `${name}=@-`, stdin: text };
  const file = join(folder, String(files++));
  await writeFile(file, text);
  return { word: `${name}=@${file}`, stdin: '' };
}

interface Ran {
  readonly code: number | undefined;
  readonly stdout: string;
}

async function inThisProcess(words: string[], stdin: string): Promise<Ran> {
  return runCli(words, { env: { HYBRID_SYNC_URL: api.url }, stdin });
}

async function inItsOwn(words: string[], stdin: string): Promise<Ran> {
  const { exitCode, stdout } = await execa(process.execPath, [BIN, ...words], {
    env: { HYBRID_SYNC_URL: api.url },
    input: stdin,
    reject: false,
    maxBuffer: 16 * 1024 * 1024,
  });
  return { code: exitCode, stdout };
}

/** Sets a pair and gets it back by these commands. */
async function roundTrip(
  run: typeof inThisProcess,
  readBy: readonly ('get' | 'mget')[],
  key: string,
  value: string,
  ways: [Way, Way],
): Promise<void> {
  const keyGiven = await argument('key', key, ways[0] === 'input' ? 'word' : ways[0]);
  const valueGiven = await argument('value', value, ways[1]);
  const json = async (words: string[], stdin = '') => {
    const { code, stdout } = await run([...words, '--json'], stdin);
    expect(code, stdout).toBe(0);
    return JSON.parse(stdout);
  };
  const set = await json(['set', keyGiven.word, valueGiven.word], valueGiven.stdin);
  expect(set.key).toBe(key);
  const pair = { found: true, key, value, version: set.version };
  const answers = { get: pair, mget: { pairs: [pair] } };
  for (const command of readBy) expect(await json([command, keyGiven.word])).toEqual(answers[command]);
}

const upTo = (bytes: number) => (text: string) => Buffer.byteLength(text) <= bytes;
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...'@-=,[]"\'\\$`*?{}/%\u0000\ufffd\ufeff\n\r\t \u202e') }),
);
const anyKey = fc
  .oneof(anyText, fc.constantFrom('__proto__', 'constructor', '.', '..', '--json', '@-', '@', '-'))
  .filter((text) => text !== '' && upTo(MAX_KEY_BYTES)(text));
const anyValue = fc.oneof(anyText, fc.string({ unit: 'binary', minLength: 1000, maxLength: 20_000 }));
const way = fc.constantFrom<Way>('word', 'word', 'file', 'input');

describe('any key and value comes back byte for byte', () => {
  it('through the command line', async () => {
    await fc.assert(
      fc.asyncProperty(anyKey, anyValue, fc.tuple(way, way), (key, value, ways) =>
        roundTrip(inThisProcess, ['get', 'mget'], key, value, ways),
      ),
      { numRuns: 100 },
    );
  });

  it.each<[what: string, key: string, value: string, ways: [Way, Way]]>([
    ['text', 'user:1', 'value', ['word', 'word']],
    ['an empty value', 'empty', '', ['word', 'word']],
    ['an empty file', 'empty-file', '', ['word', 'file']],
    ['an empty input', 'empty-input', '', ['word', 'input']],
    ['what looks like something else', '@-', '--json', ['word', 'word']],
    [
      'characters of every length',
      'ключ/ ü 🔑👩‍💻',
      '\u0001\x1b[31m\u202e\u2028\n\r\t"\\\'$(x)`',
      ['word', 'word'],
    ],
    ['NUL and U+FFFD', 'a\0b\ufffd', '\ufeff\0\ufffd\r\n', ['file', 'input']],
    ['the longest key', '🔑'.repeat(MAX_KEY_BYTES / 4), 'v', ['word', 'word']],
    ['the longest value', 'long', '\0'.repeat(MAX_VALUE_BYTES), ['word', 'input']],
    [
      'the longest value of wide characters',
      'wide',
      '字'.repeat(Math.floor(MAX_VALUE_BYTES / 3)),
      ['word', 'file'],
    ],
  ])('through a real process: %s', async (_, key, value, ways) => {
    await roundTrip(inItsOwn, ['get'], key, value, ways);
  });

  it('bytes that are no text, as Base64', async () => {
    const stdin = Buffer.from([0, 255, 254, 10]).toString('base64');
    const set = await inThisProcess(
      ['set', 'key=bytes', 'value=@-', 'encoding=base64', 'contentType=a/b'],
      stdin,
    );
    expect(set.code).toBe(0);
    const { stdout } = await inThisProcess(['get', 'key=bytes', '--json'], '');
    expect(JSON.parse(stdout)).toMatchObject({ value: stdin, encoding: 'base64', contentType: 'a/b' });
  });

  it('and one byte more than the limit is refused', async () => {
    for (const [key, value, field] of [
      ['k'.repeat(MAX_KEY_BYTES + 1), 'v', 'key'],
      ['k', 'v'.repeat(MAX_VALUE_BYTES + 1), 'value'],
    ] as const) {
      const end = await runCli(['set', `key=${key}`, `value=${value}`, '--json'], {
        env: { HYBRID_SYNC_URL: api.url },
      });
      expect(end.error()).toMatchObject({ code: 'INVALID_INPUT', field });
      expect(end.code).toBe(2);
    }
  });
});
