import { join } from 'node:path';
import { ServicesError } from '../errors.js';
import { cacheFolder } from '../process/cache-folder.js';
import { findExecutable } from '../process/executables.js';
import { exists } from '../process/path-exists.js';
import { aptInstall } from './apt.js';
import { fileOfDebianPackage } from './debian-file.js';

/** Programs that tests need, each found on the PATH, else, on Debian as root, from Debian's package. */

/** Has Debian's package bring something. @throws ServicesError that says what to install, where that can't be or fails */
export async function bringFromDebian(
  name: string,
  advice: string,
  bring: () => Promise<unknown>,
): Promise<void> {
  if ((await findExecutable(['apt-get'])) === undefined || process.getuid?.() !== 0) {
    throw new ServicesError(`There is no ${name}: ${advice}.`);
  }
  await bring().catch((error: unknown) => {
    throw new ServicesError(`${name} could not be had from Debian's package; ${advice}.`, { cause: error });
  });
}

/**
 * A program whose packages are installed. `executables`: names on the PATH, in the order in which they are looked for; of
 * `packages` the first one is named in advice.
 */
function installed(name: string, executables: readonly string[], packages: readonly string[]) {
  return async (cancelSignal?: AbortSignal): Promise<string> => {
    const advice = `install it (\`sudo apt-get install ${packages[0]}\`), so that ${executables[0]} is on the PATH`;
    const present = await findExecutable(executables);
    if (present !== undefined) return present;
    await bringFromDebian(name, advice, () => aptInstall(packages, cancelSignal));
    const path = await findExecutable(executables);
    if (path === undefined) throw new ServicesError(`Debian's package brought no ${name}; ${advice}.`);
    return path;
  };
}

/** A program that is kept beside the system, alone of its package; `suite`: the release of Debian that has it. */
function unpacked(program: string, packageName: string, suite?: string) {
  return async (cancelSignal?: AbortSignal): Promise<string> => {
    const present = await findExecutable([program]);
    if (present !== undefined) return present;
    const cached = join(cacheFolder(), `${program}-${process.arch}`);
    if (await exists(cached)) return cached;
    const advice = `install it (Debian has it in ${packageName}), so that it is on the PATH`;
    const path = new RegExp(`^usr/s?bin/${program}$`);
    await bringFromDebian(program, advice, () =>
      fileOfDebianPackage({ name: packageName, suite }, path, cached, cancelSignal),
    );
    return cached;
  };
}

/** buildah, which builds and runs images without an engine. */
export const findBuildah = installed('buildah', ['buildah'], ['buildah']);

/** Chromium, for tests of pages (some 100 MB to download, once), and a font, without which it shows no text. */
export const findChromium = installed(
  'Chromium',
  ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
  ['chromium', 'fonts-liberation'],
);

/** curl, for tests of what a stranger types. */
export const findCurl = installed('curl', ['curl'], ['curl']);

/** HAProxy, for tests of its configuration. */
export const findHaproxy = installed('HAProxy', ['haproxy'], ['haproxy']);

/** mmdebstrap, which makes a root file system of Debian. */
export const findMmdebstrap = installed(
  'mmdebstrap',
  ['mmdebstrap'],
  ['mmdebstrap', 'debian-archive-keyring'],
);

/** openssl, which makes certificates. */
export const findOpenssl = installed('openssl', ['openssl'], ['openssl']);

/** kustomize, which puts Kubernetes files together (6 MB, once); Debian 13 is the first release that has it. */
export const findKustomize = unpacked('kustomize', 'kustomize', 'trixie');

/** promtool, which checks and tests alert rules (20 MB, once). Its package has a daemon, too, which an installation would start. */
export const findPromtool = unpacked('promtool', 'prometheus');

/** Prometheus itself, of the same package. */
export const findPrometheus = unpacked('prometheus', 'prometheus');
