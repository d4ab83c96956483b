import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EndedBySignal } from '../errors.js';
import { runCli } from '../testing/run-cli.js';

const TIMEOUT_MS = 120_000;
let system: RealSystem;
let api: RealApp;
let folder: string;
beforeAll(async () => {
  system = new RealSystem({ MAX_VALUE_BYTES: '3000', SYNC_MODE: 'event-only' });
  api = await system.start('api');
  folder = await mkdtemp(join(tmpdir(), 'cli-bulk-'));
});
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true });
});

const cli = (words: string, stdin: string | Readable = '', signal?: AbortSignal) =>
  runCli(words.split(' '), {
    env: { HYBRID_SYNC_URL: api.url },
    stdin,
    ...(signal === undefined ? {} : { signal }),
  });
const inOneYear = new Date(Date.now() + 365 * 86_400_000).toISOString();
/** Lines as export writes them. */
const linesOf = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => {
    const pair = { key: `${prefix}${String(n).padStart(6, '0')}`, value: `value\u2028 ${n}` };
    if (n % 10 === 1) return JSON.stringify({ ...pair, expireAt: inOneYear });
    if (n % 10 === 2) return JSON.stringify({ ...pair, contentType: 'text/html' });
    if (n % 10 === 3)
      return JSON.stringify({ ...pair, value: '/w==', contentType: 'image/png', encoding: 'base64' });
    return JSON.stringify(pair);
  });
const sorted = (text: string) => [...new Set(text.trimEnd().split('\n'))].sort();

describe('load and export', () => {
  it(
    'give the same lines, with types, bytes and moments of expiry',
    async () => {
      const lines = linesOf('same:', 5000);
      const loaded = await cli('load --json', `${lines.join('\n')}\n`);
      expect(loaded).toMatchObject({ code: 0, stderr: '' });
      expect(loaded.json()).toMatchObject({ lines: 5000, loaded: 5000, refused: 0 });
      const exported = await cli('export --prefix same:');
      expect(exported).toMatchObject({ code: 0, stderr: expect.stringContaining('pairs in') });
      expect(sorted(exported.stdout)).toEqual(lines);
      // Loaded again it changes nothing but versions.
      expect((await cli('load', exported.stdout)).code).toBe(0);
      expect(sorted((await cli('export --prefix same:')).stdout)).toEqual(lines);
    },
    TIMEOUT_MS,
  );

  it('the last line of a key is the one that stays, and one that has expired leaves no pair', async () => {
    const lines = Array.from({ length: 300 }, (_, n) =>
      JSON.stringify({ key: `last:${n % 7}`, value: `${n}` }),
    );
    const gone = { key: 'last:0', value: 'gone', expireAt: '2020-01-01T00:00:00.000Z' };
    expect((await cli('load', [...lines, JSON.stringify(gone)].join('\n'))).code).toBe(0);
    const pairs = (await cli('export --prefix last:')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(pairs.map(({ key, value }) => `${key}=${value}`).sort()).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => `last:${n}=${n === 6 ? 293 : 293 + n + 1}`).sort(),
    );
  });

  it('lines that are refused are named and counted, whoever refuses them; the others are loaded', async () => {
    const lines = linesOf('some:', 20);
    lines[3] = '{"key":"some:3"';
    lines[5] = JSON.stringify({ key: 'some:5', value: 'x'.repeat(3001) });
    lines[8] = JSON.stringify({ key: 'some:8', value: '!', encoding: 'base64' });
    const end = await cli('load --json', lines.join('\n'));
    expect(end.code).toBe(1);
    expect(end.json()).toMatchObject({ lines: 20, loaded: 17, refused: 3 });
    const told = end.stderr.trim().split('\n').sort();
    expect(told).toEqual([
      'line 4: is not JSON',
      expect.stringMatching(/^line 6: value: must be at most 3000 bytes/),
      expect.stringMatching(/^line 9: value: must be Base64/),
    ]);
    expect(sorted((await cli('export --prefix some:')).stdout)).toHaveLength(17);
  });

  it.each([
    ['a state file', true],
    ['the line that it told', false],
  ])(
    'a load that is ended goes on by %s',
    async (_, byFile) => {
      const prefix = byFile ? 'file:' : 'line:';
      const lines = linesOf(prefix, 6000);
      const state = join(folder, 'state');
      const ended = new AbortController();
      const file = byFile ? ` --resume ${state}` : '';
      const input = Readable.from(
        (async function* () {
          yield `${lines.slice(0, 4500).join('\n')}\n`;
          await expect
            .poll(async () => (await cli(`scan prefix=${prefix} limit=1000 --json`)).json().keys, {
              timeout: TIMEOUT_MS,
            })
            .not.toEqual([]);
          ended.abort(new EndedBySignal('SIGINT'));
        })(),
      );
      const first = await cli(`load${file}`, input, ended.signal);
      expect(first.code).toBe(130);
      const line = Number(/(?:--from-line|holds line) (\d+)\n$/.exec(first.stderr)?.[1]);
      expect(line).toBeLessThanOrEqual(4501);
      if (byFile) expect(await readFile(state, 'utf8')).toBe(`{"line":${line}}\n`);
      const words = byFile ? `load${file} --json` : `load --from-line ${line} --json`;
      const second = await cli(words, lines.join('\n'));
      expect(second.json()).toMatchObject({ lines: 6000 - line + 1, refused: 0 });
      expect(sorted((await cli(`export --prefix ${prefix}`)).stdout)).toEqual(lines);
      expect(existsSync(state)).toBe(false);
    },
    TIMEOUT_MS,
  );

  it('an export that is ended goes on at the cursor that it told', async () => {
    const lines = linesOf('cut:', 3000);
    expect((await cli('load', lines.join('\n'))).code).toBe(0);
    const down = await runCli(['export', '--prefix', 'cut:', '--cursor', '0'], {
      env: { HYBRID_SYNC_URL: 'http://127.0.0.1:1' },
    });
    expect(down).toMatchObject({ code: 3, stdout: '' });
    expect(down.stderr).toContain('0 pairs are written. To go on, append what --cursor 0 gives');
    // The keys are those of the very page whose cursor it is: a page that is asked for again may end elsewhere.
    const first = (await cli('scan prefix=cut: limit=1000 values=true --json')).json();
    const rest = await cli(`export --prefix cut: --cursor ${first.cursor}`);
    const before = (first.pairs as { key: string }[]).map((pair) => pair.key);
    const keys = new Set([...before, ...sorted(rest.stdout).map((line) => JSON.parse(line).key)]);
    expect(keys.size).toBe(3000);
    expect((await cli('export --cursor none')).code).toBe(2);
  });

  it('a line or a file that is none is bad usage', async () => {
    expect((await cli('load --from-line 0')).code).toBe(2);
    expect((await cli(`load --resume ${folder}`)).code).toBe(2);
  });
});
