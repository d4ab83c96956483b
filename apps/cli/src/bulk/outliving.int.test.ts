import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { neverOutlives } from './outliving.js';

async function watched() {
  const folder = await mkdtemp(join(tmpdir(), 'cli-outliving-'));
  await writeFile(join(folder, 'a file'), '');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  const shell = neverOutlives(child, folder);
  return { folder, child, shell };
}

it('a child is killed, and its folder removed, when this process no longer holds the pipe', async () => {
  const { folder, child, shell } = await watched();
  const ends = [once(child, 'exit'), once(shell, 'exit')];
  shell.stdin?.destroy();
  expect((await Promise.all(ends))[0]).toEqual([null, 'SIGKILL']);
  await expect(access(folder)).rejects.toThrow('ENOENT');
});

it('nobody watches a child that has ended', async () => {
  const { folder, child, shell } = await watched();
  child.kill();
  expect(await once(shell, 'exit')).toEqual([null, 'SIGKILL']);
  await rm(folder, { recursive: true });
});
