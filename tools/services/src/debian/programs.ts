import { join } from 'node:path';
import { execa } from 'execa';
import { ServiceUnavailableError } from '../errors.js';
import { cacheFolder, exists, findExecutable } from '../process/places.js';
import { aptInstall, hostMirror } from './apt.js';
import { fileOfDebianPackage } from './debian-file.js';

/** Programs that are looked for on this machine, and else, on Debian as root, had from Debian's packages. */

/** Something that Debian has. */
export interface FromDebian {
  /** For messages. */
  readonly name: string;
  /** What a person can do where it can't be had, as a part of a sentence. */
  readonly advice: string;
  /** Its path; undefined while it is not there. */
  readonly find: () => Promise<string | undefined>;
  /** Has Debian's package bring it, so that it is found. */
  readonly bring: () => Promise<unknown>;
}

/** Whether this machine has Debian's packages, and this process may install them. */
export async function mayInstall(): Promise<boolean> {
  return process.getuid?.() === 0 && (await findExecutable(['apt-get'])) !== undefined;
}

/** Finds it, or has it brought. @returns its path @throws ServiceUnavailableError that says what to do */
export async function fromDebian({ name, advice, find, bring }: FromDebian): Promise<string> {
  const present = await find();
  if (present !== undefined) return present;
  if (!(await mayInstall())) throw new ServiceUnavailableError(`There is no ${name}: ${advice}.`);
  await bring().catch((cause: unknown) => {
    const message = `${name} could not be had from Debian's package; ${advice}.`;
    throw new ServiceUnavailableError(message, { cause });
  });
  const brought = await find();
  if (brought !== undefined) return brought;
  throw new ServiceUnavailableError(`Debian's package brought no ${name}; ${advice}.`);
}

/**
 * A program whose packages are installed. `executables`: names on the PATH, in the order in which they are looked for; of
 * `packages` the first one is named in advice.
 */
function installed(name: string, executables: readonly string[], packages: readonly string[]) {
  return (cancelSignal?: AbortSignal): Promise<string> =>
    fromDebian({
      name,
      advice: `install it (\`sudo apt-get install ${packages[0]}\`), so that ${executables[0]} is on the PATH`,
      find: () => findExecutable(executables),
      bring: () => aptInstall(packages, cancelSignal),
    });
}

/** A program that is kept beside the system, alone of its package; `suite`: the release of Debian that has it. */
function unpacked(program: string, packageName: string, suite?: string) {
  const path = new RegExp(`^usr/s?bin/${program}$`);
  return (cancelSignal?: AbortSignal): Promise<string> => {
    const cached = join(cacheFolder(), `${program}-${process.arch}`);
    return fromDebian({
      name: program,
      advice: `install it (Debian has it in ${packageName}), so that it is on the PATH`,
      find: async () => (await findExecutable([program])) ?? ((await exists(cached)) ? cached : undefined),
      bring: () => fileOfDebianPackage({ name: packageName, suite }, path, cached, cancelSignal),
    });
  };
}

/** buildah, which builds and runs images without an engine. */
export const findBuildah = installed('buildah', ['buildah'], ['buildah']);

/**
 * Chromium, for tests of pages (some 100 MB to download, once), and a font, without which it shows no text. Its shell, which
 * has no window to draw, takes half of the processor time of the whole.
 */
export const findChromium = installed(
  'Chromium',
  ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
  ['chromium-headless-shell', 'fonts-liberation'],
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

/**
 * Makes a root file system of Debian, from the mirror that this machine's apt goes to. `options`: mmdebstrap's own.
 * @throws ServicesError that says what to install; ExecaError with mmdebstrap's own words
 */
export async function makeDebianRoot(
  suite: string,
  folder: string,
  options: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const mmdebstrap = await findMmdebstrap(signal);
  const mirror = await hostMirror();
  await execa(mmdebstrap, ['--mode=root', ...options, suite, folder, ...(mirror ? [mirror] : [])], {
    stdin: 'ignore',
    ...(signal && { cancelSignal: signal }),
  });
}
