import { findUnpackedProgram } from '../process/unpacked-program.js';

/**
 * Finds promtool, which checks and tests alert rules: on the PATH, else, on Debian as root, from Debian's package
 * (20 MB, once). That one has a daemon too, which starts when it is installed, so it is only unpacked.
 * @returns its path
 * @throws ServicesError that says what to install
 */
export function findPromtool(cancelSignal?: AbortSignal): Promise<string> {
  return findUnpackedProgram({ program: 'promtool', packageName: 'prometheus' }, cancelSignal);
}
