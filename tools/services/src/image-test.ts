import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServicesError, tellError } from './errors.js';
import { Buildah } from './images/buildah.js';
import { makeStandInBase } from './images/stand-in-base.js';
import { npmTest } from './run-vitest.js';

const DOCKERFILE = new URL('../../../deploy/docker/Dockerfile', import.meta.url);
/** Exit code where this machine can't build images at all, which says nothing about them. */
const NOT_HERE = 3;

process.exitCode = await main();

/**
 * `npm run image-test`: builds the images of deploy/docker and runs them, without an engine. What they are built on is made
 * of Debian's and npm's packages. Exits as the tests do; 3 where this machine can't build an image.
 */
async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-images-'));
  let buildah: Buildah | undefined;
  try {
    buildah = await Buildah.find(folder);
    const [, node = ''] = /^ARG NODE_VERSION=(\d+)$/m.exec(await readFile(DOCKERFILE, 'utf8')) ?? [];
    await makeStandInBase(buildah, node);
    const env = { IMAGES_FOLDER: folder };
    return await npmTest(['tools/services/src/images/images.e2e.test.ts'], { env });
  } catch (error) {
    if (!(error instanceof ServicesError)) throw error;
    console.error(`image-test: ${tellError(error)}`);
    return NOT_HERE;
  } finally {
    await (buildah?.clear() ?? rm(folder, { recursive: true, force: true }));
  }
}
