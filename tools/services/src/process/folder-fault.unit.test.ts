import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FolderInUseError, FolderUnusableError } from '../errors.js';
import { startServices } from '../start-services.js';
import { makePrivate, occupyDataFolder } from './data-folder.js';
import { faultOf } from './folder-fault.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

const chosen = (path: string) => ({ what: 'data folder', path, variable: 'HYBRID_SYNC_DATA_DIR' });
const outcome = (path: string) =>
  occupyDataFolder(chosen(path)).then(
    (leave) => leave(),
    (error: Error) => error,
  );

describe('a data folder that can not be used is told with path, cause and variable, not as in use', () => {
  test('a file', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    const error = await outcome(path);
    expect(error).toBeInstanceOf(FolderUnusableError);
    expect(String(error)).toContain(`The data folder ${path} can't be used: it is a file`);
    expect(String(error)).toContain('HYBRID_SYNC_DATA_DIR');
    expect(await outcome(join(path, 'below'))).toBeInstanceOf(FolderUnusableError);
  });

  test('a start of the services says so, too', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    const start = startServices({ dataDir: path });
    await expect(start).rejects.toThrow(FolderUnusableError);
  });

  test.each([
    ['EACCES', /this user may not write there/],
    ['EROFS', /read-only/],
    ['ENOSPC', /no space is left/],
    ['EDQUOT', /share of the disk/],
  ])('%s', (code, words) => {
    const error = Object.assign(new Error(`${code}: refused`), { code, path: join(folder, 'redis') });
    expect(faultOf(chosen(folder), error)?.message).toMatch(words);
    expect(faultOf(chosen(folder), error)?.message).toContain(folder);
    // What lies elsewhere is not the folder's fault.
    expect(faultOf(chosen(join(folder, 'other')), error)).toBeUndefined();
  });

  test.runIf(process.getuid?.() === 0)('a full disk, and a read-only one', async () => {
    const small = join(folder, 'small');
    await mkdir(small);
    const mounted = await execa('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small], {
      reject: false,
    });
    if (mounted.failed) return;
    try {
      expect(String(await outcome(small))).toContain('no space is left there');
      await execa('mount', ['-o', 'remount,ro', small]);
      expect(String(await outcome(small))).toContain('it is read-only');
    } finally {
      await execa('umount', [small]);
    }
  });
});

test('a held lock alone is in use', async () => {
  const leave = await occupyDataFolder(chosen(folder));
  expect(await outcome(folder)).toBeInstanceOf(FolderInUseError);
  await leave();
  expect(await outcome(folder)).toBeUndefined();
});

test('what lies in it is for its owner alone, also what an older version made', async () => {
  await mkdir(join(folder, 'redis'));
  await chmod(join(folder, 'redis'), 0o755);
  await makePrivate(folder);
  expect((await stat(join(folder, 'redis'))).mode & 0o777).toBe(0o700);
});
