import { findDebianProgram } from '../process/debian-program.js';

/**
 * Finds curl, for tests of what a stranger types: on the PATH, else, on Debian as root, by installing Debian's package.
 * @returns its path
 * @throws ServicesError that says what to install
 */
export function findCurl(cancelSignal?: AbortSignal): Promise<string> {
  return findDebianProgram({ name: 'curl', executables: ['curl'], packages: ['curl'] }, cancelSignal);
}
