import { ServicesError } from '../errors.js';
import { aptInstall } from './apt.js';
import { findExecutable } from './executables.js';

/** A program that Debian has. */
export interface DebianProgram {
  /** What people call it, for messages. */
  readonly name: string;
  /** Names that it goes by on the PATH, in the order in which they are looked for. */
  readonly executables: readonly string[];
  /** Debian's packages that bring it; the first one is named in advice. */
  readonly packages: readonly [string, ...string[]];
}

/**
 * Finds a program: on the PATH, else, on Debian as root, by installing Debian's packages.
 * @returns its path
 * @throws ServicesError that says what to install
 */
export async function findDebianProgram(wanted: DebianProgram, cancelSignal?: AbortSignal): Promise<string> {
  const { name, executables, packages } = wanted;
  const installed = await findExecutable(executables);
  if (installed !== undefined) return installed;
  const advice = `install it (\`sudo apt-get install ${packages[0]}\`), so that ${executables[0]} is on the PATH`;
  if ((await findExecutable(['apt-get'])) === undefined || process.getuid?.() !== 0) {
    throw new ServicesError(`There is no ${name}: ${advice}.`);
  }
  try {
    await aptInstall(packages, cancelSignal);
  } catch (error) {
    throw new ServicesError(`apt-get could not install ${packages.join(' and ')}; ${advice}.`, {
      cause: error,
    });
  }
  const path = await findExecutable(executables);
  if (path === undefined) throw new ServicesError(`Debian's package brought no ${name}; ${advice}.`);
  return path;
}
