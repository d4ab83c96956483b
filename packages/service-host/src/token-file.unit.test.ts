import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'token-file-'));
  path = join(folder, 'tokens');
  writeFileSync(path, A.entry);
  book = new TokenBook(parseTokenEntries(A.entry));
  lines = [];
  const to = (level: string) => (first: unknown, second?: string) =>
    void lines.push({ level, text: second ?? String(first) });
  file = new TokenFile(path, book, { info: to('info'), error: to('error') });
});
afterEach(async () => {
  await file.stop();
  rmSync(folder, { recursive: true });
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

describe('the tokens stay, and the log says so once, while the file', () => {
  it.each([
    ['is gone', () => rmSync(path), /ENOENT/],
    ['is empty', () => writeFileSync(path, ''), /holds no token/],
    ['is at fault', () => writeFileSync(path, `${B.entry}\n${B.token}`), /entry 2: /],
  ])('%s', async (_, harm, words) => {
    await file.look();
    harm();
    for (let time = 0; time < 3; time++) await file.look();
    expect(await statusOf(A)).toBe(200);
    expect(await statusOf(B)).toBe(401);
    expect(lines).toEqual([{ level: 'error', text: expect.stringMatching(words) }]);
    expect(JSON.stringify(lines)).not.toContain(B.token);

    writeFileSync(path, B.entry);
    await file.look();
    expect(await statusOf(B)).toBe(200);
    expect(lines[1]).toMatchObject({ level: 'info' });
  });
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
