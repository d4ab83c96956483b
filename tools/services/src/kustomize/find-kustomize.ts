import { findUnpackedProgram } from '../process/unpacked-program.js';

/**
 * Finds kustomize, which puts Kubernetes files together: on the PATH, else, on Debian as root, from the package of Debian 13
 * (6 MB, once), the first release that has it.
 * @returns its path
 * @throws ServicesError that says what to install
 */
export function findKustomize(cancelSignal?: AbortSignal): Promise<string> {
  return findUnpackedProgram(
    { program: 'kustomize', packageName: 'kustomize', suite: 'trixie' },
    cancelSignal,
  );
}
