import { findDebianProgram } from '../process/debian-program.js';

/**
 * Finds HAProxy, for tests of its configuration: on the PATH, else, on Debian as root, by installing Debian's package.
 * @returns its path
 * @throws ServicesError that says what to install
 */
export function findHaproxy(cancelSignal?: AbortSignal): Promise<string> {
  return findDebianProgram(
    { name: 'HAProxy', executables: ['haproxy'], packages: ['haproxy'] },
    cancelSignal,
  );
}
