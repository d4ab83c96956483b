import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExecaError, execa } from 'execa';
import { hostMirror } from '../debian/apt.js';
import { findMmdebstrap } from '../debian/programs.js';
import { ServicesError } from '../errors.js';
import { findNode } from '../node/find-node.js';
import type { Buildah } from './buildah.js';

/** The release of Debian that the image is of, as its name says. */
const SUITE = 'bookworm';

/**
 * Makes an image that stands in for `node:<version>-bookworm-slim` of a registry of images, and goes by its name: Debian,
 * that release of Node and npm's own package from npm's registry, and a user `node`.
 * @throws ServicesError that says why there is none, where this machine can't be given one
 */
export async function makeStandInBase(buildah: Buildah, nodeVersion: string): Promise<void> {
  const mmdebstrap = await findMmdebstrap();
  const node = await findNode(nodeVersion);
  const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-base-'));
  try {
    const local = join(folder, 'usr', 'local');
    await execa(
      'npm',
      ['install', '--global', '--prefix', local, '--no-audit', '--ignore-scripts', 'npm@11'],
      {
        stdin: 'ignore',
      },
    );
    await execa('cp', [node, join(local, 'bin', 'node')]);
    const container = (await buildah.call(['from', 'scratch'])).stdout.trim();
    const mounted = (await buildah.call(['mount', container])).stdout.trim();
    const mirror = await hostMirror();
    await execa(
      mmdebstrap,
      [
        '--mode=root',
        '--variant=minbase',
        '--quiet',
        `--customize-hook=sync-in ${folder} /`,
        '--customize-hook=chroot "$1" useradd --create-home --uid 1000 node',
        SUITE,
        mounted,
        ...(mirror === undefined ? [] : [mirror]),
      ],
      { stdin: 'ignore' },
    );
    await buildah.call(['umount', container]);
    await buildah.run(container, { words: ['node', '--version'] });
    await buildah.call([
      'commit',
      '--quiet',
      '--rm',
      container,
      `docker.io/library/node:${nodeVersion}-${SUITE}-slim`,
    ]);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw new ServicesError('an image to build on can not be made here', { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
