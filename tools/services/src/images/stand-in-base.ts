import { join } from 'node:path';
import { ExecaError, execa } from 'execa';
import { findMmdebstrap, makeDebianRoot } from '../debian/programs.js';
import { ServicesError } from '../errors.js';
import { findNode } from '../node/find-node.js';
import { withFolder } from '../process/temporary-folder.js';
import type { Buildah } from './buildah.js';

/** The release of Debian that the image is of, as its name says. */
const SUITE = 'bookworm';
const NPM = ['--no-audit', '--ignore-scripts', 'npm@11'];

/**
 * Makes an image that stands in for `node:<version>-bookworm-slim` of a registry of images, and goes by its name: Debian,
 * that release of Node and npm's own package from npm's registry, and a user `node`.
 * @throws ServicesError that says why there is none, where this machine can't be given one
 */
export async function makeStandInBase(buildah: Buildah, nodeVersion: string): Promise<void> {
  await findMmdebstrap();
  const node = await findNode(nodeVersion);
  const name = `docker.io/library/node:${nodeVersion}-${SUITE}-slim`;
  await withFolder('base', async (folder) => {
    const local = join(folder, 'usr', 'local');
    await execa('npm', ['install', '--global', '--prefix', local, ...NPM], { stdin: 'ignore' });
    await execa('cp', [node, join(local, 'bin', 'node')]);
    const container = (await buildah.call(['from', 'scratch'])).stdout.trim();
    const mounted = (await buildah.call(['mount', container])).stdout.trim();
    await makeDebianRoot(SUITE, mounted, [
      '--variant=minbase',
      '--quiet',
      `--customize-hook=sync-in ${folder} /`,
      '--customize-hook=chroot "$1" useradd --create-home --uid 1000 node',
    ]);
    await buildah.call(['umount', container]);
    await buildah.run(container, { words: ['node', '--version'] });
    await buildah.call(['commit', '--quiet', '--rm', container, name]);
  }).catch((error: unknown) => {
    if (!(error instanceof ExecaError)) throw error;
    throw new ServicesError('an image to build on can not be made here', { cause: error });
  });
}
