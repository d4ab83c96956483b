import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToken, parseTokenEntries, TokenBook } from '@hybrid-sync/access-tokens';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serverUnderTest } from './testing/server-under-test.js';
import { TokenFile } from './token-file.js';

const A = createToken({ name: 'a', role: 'read' });
const B = createToken({ name: 'b', role: 'read' });

let folder: string;
let path: string;
let book: TokenBook;
let lines: { level: string; text: string }[];
let file: TokenFile;
let now = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'token-file-'));
  path = join(folder, 'tokens');
  writeFileSync(path, A.entry);
  book = new TokenBook(parseTokenEntries(A.entry));
  lines = [];
  const to = (level: string) => (first: unknown, second?: string) =>
    void lines.push({ level, text: second ?? String(first) });
  file = new TokenFile(path, book, { info: to('info'), error: to('error') }, () => now);
});
afterEach(async () => {
  await file.stop();
  rmSync(folder, { recursive: true, force: true });
});

const statusOf = async ({ token }: { token: string }) => {
  const headers = { host: 'localhost', authorization: `Bearer ${token}` };
  return (await serverUnderTest({ tokens: book }).inject({ url: '/read', headers })).statusCode;
};

it('a file that changes changes who may call, without a restart', async () => {
  file.start(5);
  writeFileSync(path, B.entry);
  await expect.poll(() => statusOf(B)).toBe(200);
  expect(await statusOf(A)).toBe(401);
});

const look = async (times = 1) => {
  for (let time = 0; time < times; time++) await file.look();
};

describe('a token whose line is gone is refused at once, and the log says once', () => {
  it.each([
    ['that the file is gone', () => rmSync(path), /is gone: nobody/, 401],
    ['that its folder is gone', () => rmSync(folder, { recursive: true }), /is gone: nobody/, 401],
    ['that it is empty', () => writeFileSync(path, ''), /holds no token: nobody/, 401],
    [
      'that nothing but a comment is left',
      () => writeFileSync(path, '# none'),
      /holds no token: nobody/,
      401,
    ],
    ['which other line is at fault', () => writeFileSync(path, `${B.entry}\n${B.token}`), /entry 2: /, 200],
    ['that there is nothing but a fault', () => writeFileSync(path, 'oops'), /entry 1: /, 401],
  ])('%s', async (_, harm, words, statusOfB) => {
    await look();
    harm();
    await look(3);
    expect(await statusOf(A)).toBe(401);
    expect(await statusOf(B)).toBe(statusOfB);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([
      { level: 'error', text: expect.stringMatching(words) },
    ]);
    expect(JSON.stringify(lines)).not.toContain(B.token);

    mkdirSync(folder, { recursive: true });
    writeFileSync(path, B.entry);
    await look();
    expect(await statusOf(B)).toBe(200);
    expect(file.unusableSeconds).toBe(0);
  });
});

it('of a file that can not be read nothing is known: the tokens stay, and the log says so once', async () => {
  await look();
  rmSync(path);
  mkdirSync(path);
  await look(3);
  expect(await statusOf(A)).toBe(200);
  expect(lines).toEqual([{ level: 'error', text: expect.stringMatching(/can't be read.*EISDIR/) }]);
});

it('says for how long the file could not be used as a whole', async () => {
  await look();
  expect(file.unusableSeconds).toBe(0);
  writeFileSync(path, `${A.entry}\noops`);
  await look();
  now += 5000;
  writeFileSync(path, 'oops');
  await look();
  expect(file.unusableSeconds).toBe(5);
});

it('leaves no timer after the stop', async () => {
  vi.useFakeTimers();
  try {
    file.start();
    expect(vi.getTimerCount()).toBe(1);
    await file.stop();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
