import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const inRepository = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-lock-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What the check says of the repository's lock file, with one entry changed. */
async function check(change: (entry: Record<string, unknown>) => void) {
  const lock = JSON.parse(await readFile(inRepository('package-lock.json'), 'utf8'));
  change(lock.packages['node_modules/bson']);
  const file = join(folder, 'package-lock.json');
  await writeFile(file, JSON.stringify(lock));
  return execa(process.execPath, [inRepository('.ci/check-lock.mjs'), file], { reject: false });
}

test('every package that the lock file names is pinned, for every platform', async () => {
  const { exitCode, stderr } = await check(() => undefined);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
});

test.each<[string, (entry: Record<string, unknown>) => void]>([
  [
    'is not pinned by a SHA-512',
    (entry) => {
      delete entry.integrity;
    },
  ],
  [
    'is not pinned by a SHA-512',
    (entry) => {
      entry.integrity = 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=';
    },
  ],
  [
    'names where it is downloaded',
    (entry) => {
      entry.resolved = 'somewhere';
    },
  ],
])('a package that %s is refused by name', async (fault, change) => {
  const { exitCode, stderr } = await check(change);
  expect(stderr).toMatch(`node_modules/bson@`);
  expect(stderr).toContain(fault);
  expect(exitCode).toBe(1);
});
