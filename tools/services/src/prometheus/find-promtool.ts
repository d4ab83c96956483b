import { join } from 'node:path';
import { cacheFolder } from '../documentdb/root-cache.js';
import { ServicesError } from '../errors.js';
import { fileOfDebianPackage } from '../process/debian-file.js';
import { findExecutable } from '../process/executables.js';
import { exists } from '../process/path-exists.js';

/** Debian's package that has promtool; it has a daemon too, which starts when it is installed, so it is only unpacked. */
const PACKAGE = 'prometheus';

/**
 * Finds promtool, which checks and tests alert rules: on the PATH, else, on Debian as root, from Debian's package
 * (20 MB, once), of which this one program is kept beside the system.
 * @returns its path
 * @throws ServicesError that says what to install
 */
export async function findPromtool(cancelSignal?: AbortSignal): Promise<string> {
  const installed = await findExecutable(['promtool']);
  if (installed !== undefined) return installed;
  const cached = join(cacheFolder(), `promtool-${process.arch}`);
  if (await exists(cached)) return cached;
  if ((await findExecutable(['apt-get'])) === undefined || process.getuid?.() !== 0) {
    throw new ServicesError(
      'There is no promtool: install Prometheus (`sudo apt-get install prometheus`), so that it is on the PATH.',
    );
  }
  try {
    await fileOfDebianPackage(PACKAGE, /^usr\/bin\/promtool$/, cached, cancelSignal);
  } catch (error) {
    throw new ServicesError(
      `promtool could not be had from Debian's package ${PACKAGE}; install it by hand.`,
      {
        cause: error,
      },
    );
  }
  return cached;
}
