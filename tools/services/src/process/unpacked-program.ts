import { join } from 'node:path';
import { cacheFolder } from '../documentdb/root-cache.js';
import { ServicesError } from '../errors.js';
import { fileOfDebianPackage } from './debian-file.js';
import { findExecutable } from './executables.js';
import { exists } from './path-exists.js';

/** A program that Debian has, of which the program alone is wanted. */
export interface UnpackedProgram {
  /** Its name, as it is called on the PATH. */
  readonly program: string;
  /** Debian's package that has it. */
  readonly packageName: string;
  /** The release of Debian that has it; this machine's own unless given. */
  readonly suite?: string;
}

/**
 * Finds a program: on the PATH, else, on Debian as root, from Debian's package, of which this one program is kept beside the
 * system.
 * @returns its path
 * @throws ServicesError that says what to install
 */
export async function findUnpackedProgram(
  { program, packageName, suite }: UnpackedProgram,
  cancelSignal?: AbortSignal,
): Promise<string> {
  const installed = await findExecutable([program]);
  if (installed !== undefined) return installed;
  const cached = join(cacheFolder(), `${program}-${process.arch}`);
  if (await exists(cached)) return cached;
  const advice = `install it (Debian has it in ${packageName}), so that it is on the PATH`;
  if ((await findExecutable(['apt-get'])) === undefined || process.getuid?.() !== 0) {
    throw new ServicesError(`There is no ${program}: ${advice}.`);
  }
  try {
    const path = new RegExp(`^usr/s?bin/${program}$`);
    await fileOfDebianPackage({ name: packageName, suite }, path, cached, cancelSignal);
  } catch (error) {
    throw new ServicesError(`${program} could not be had from Debian's package; ${advice}.`, {
      cause: error,
    });
  }
  return cached;
}
