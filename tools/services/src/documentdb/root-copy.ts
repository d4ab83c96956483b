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
 *
 * Hard links make the copy in a quarter of a second and without further space, where both lie on one file system; nothing
 * in it is written to but the cluster, which is new.
 * @throws ServiceUnavailableError when Debian's packages can't be had
 */
export async function provideRoot(root: string, step: ProgressStep, signal: AbortSignal): Promise<void> {
  if (await exists(root)) return;
  const cached = await buildCachedRoot(step, signal);
  const unfinished = `${root}.unfinished`;
  const copy = async (how: string) => {
    await rm(unfinished, { recursive: true, force: true });
    await execa('cp', [how, cached, unfinished], { stdin: 'ignore' });
  };
  await mkdir(dirname(root), { recursive: true, mode: 0o700 });
  try {
    await copy('-al').catch(() => copy('-a'));
  } catch (error) {
    throw new ServiceStartError(`DocumentDB could not be copied to ${root}`, { cause: error });
  }
  await rename(unfinished, root);
}
