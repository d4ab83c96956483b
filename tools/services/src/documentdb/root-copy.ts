import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { ServiceStartError } from '../errors.js';
import { exists } from '../process/places.js';
import type { ProgressStep } from '../progress.js';
import { buildCachedRoot } from './root-cache.js';

/**
 * Makes sure that a data folder has a root file system with DocumentDB of its own: a copy of the cached one, which is
 * built if need be. A folder that has one keeps it, so its data stays with the version that wrote it.
 * @throws ServiceUnavailableError when Debian's packages can't be had
 */
export async function provideRoot(root: string, step: ProgressStep, signal: AbortSignal): Promise<void> {
  if (await exists(root)) return;
  await copyRoot(await buildCachedRoot(step, signal), root);
}

/**
 * A copy of the root file system for one data folder. Hard links make it in a quarter of a second and without further
 * space, where both lie on one file system; nothing in it is written to but the cluster, which is new.
 */
async function copyRoot(from: string, to: string): Promise<void> {
  const unfinished = `${to}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const linked = await execa('cp', ['-al', from, unfinished], { reject: false, stdin: 'ignore' });
  if (linked.failed) {
    await rm(unfinished, { recursive: true, force: true });
    try {
      await execa('cp', ['-a', from, unfinished], { stdin: 'ignore' });
    } catch (error) {
      throw new ServiceStartError(`DocumentDB could not be copied to ${to}`, { cause: error });
    }
  }
  await rename(unfinished, to);
}
