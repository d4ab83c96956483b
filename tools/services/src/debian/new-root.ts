import { execa } from 'execa';
import { hostMirror } from './apt.js';
import { findMmdebstrap } from './programs.js';

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
