import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '@hybrid-sync/trials';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { commitOf, withBuildOf } from './former-build.js';

const progress = { begin: () => {}, update: () => {}, end: () => {}, say: () => {} };

let folder: string;
let repository: string;
let temporary: string;
let stopping: AbortController;
const git = (...args: string[]) => execFileSync('git', args, { cwd: repository, encoding: 'utf8' });
const worktrees = () => git('worktree', 'list').trim().split('\n').length;

/** A repository whose build writes what the file `source` holds, at two commits. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-former-'));
  repository = join(folder, 'repository');
  temporary = join(folder, 'temporary');
  await mkdir(repository);
  await mkdir(temporary);
  vi.stubEnv('TMPDIR', temporary);
  stopping = new AbortController();
  git('init', '--quiet');
  const about = { name: 'built', version: '1.0.0' };
  const build = "node -e \"fs.copyFileSync('source', 'built')\"";
  await writeFile(join(repository, 'package.json'), JSON.stringify({ ...about, scripts: { build } }));
  await writeFile(
    join(repository, 'package-lock.json'),
    JSON.stringify({ ...about, lockfileVersion: 3, packages: { '': about } }),
  );
  for (const text of ['former', 'today']) {
    await writeFile(join(repository, 'source'), text);
    git('add', '.');
    git('-c', 'user.name=Test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '-m', text);
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function buildFormer<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const commit = await commitOf('HEAD~1', repository, stopping.signal);
  return withBuildOf(commit, repository, { progress, signal: stopping.signal }, work);
}

it('builds the former commit beside this one, and removes it', async () => {
  const built = await buildFormer((former) => {
    expect(worktrees()).toBe(2);
    return readFile(join(former, 'built'), 'utf8');
  });
  expect(built).toBe('former');
  expect(worktrees()).toBe(1);
  expect(await readdir(temporary)).toEqual([]);
});

it('removes it too when the run is ended', async () => {
  const ended = buildFormer(async () => {
    stopping.abort(new Error('Ctrl-C'));
    stopping.signal.throwIfAborted();
  });
  await expect(ended).rejects.toThrow('Ctrl-C');
  expect(worktrees()).toBe(1);
  expect(await readdir(temporary)).toEqual([]);
});

it.each(['no-such-commit', '--all', ''])('%j is no commit', async (ref) => {
  await expect(commitOf(ref, repository, stopping.signal)).rejects.toThrow(UsageError);
});
