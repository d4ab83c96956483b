import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../process/cache-folder.js';
import { exists } from '../process/path-exists.js';
import { fileOfDebianPackage } from './debian-file.js';
import { bringFromDebian } from './programs.js';

/** Debian's package of it. */
const PACKAGE = 'libfaketime';
/** Where Debian puts it, below a folder of the machine's kind. The variant for programs with threads, as Redis is. */
const LIBRARIES = '/usr/lib';
const LIBRARY = 'faketime/libfaketimeMT.so.1';

/**
 * Finds libfaketime, which gives a process another clock: where Debian installs it, else, on Debian as root, from its
 * package (once), of which this one file is kept beside the system. @returns its path
 */
async function findFaketime(cancelSignal?: AbortSignal): Promise<string> {
  for (const folder of await readdir(LIBRARIES)) {
    const installed = join(LIBRARIES, folder, LIBRARY);
    if (await exists(installed)) return installed;
  }
  const cached = join(cacheFolder(), `libfaketime-${process.arch}.so`);
  if (await exists(cached)) return cached;
  await bringFromDebian(PACKAGE, `install it (\`sudo apt-get install ${PACKAGE}\`)`, () =>
    fileOfDebianPackage({ name: PACKAGE }, /faketime\/libfaketimeMT\.so\.1$/, cached, cancelSignal),
  );
  return cached;
}

/**
 * What a process needs in its environment for a clock that is ahead by so many milliseconds; below 0 for behind.
 * @throws ServicesError that says what to install
 */
export async function clockEnv(aheadMs: number, signal?: AbortSignal): Promise<Record<string, string>> {
  if (aheadMs === 0) return {};
  const library = await findFaketime(signal);
  const seconds = (aheadMs / 1000).toFixed(3);
  return {
    // The C library's allocator takes the place of Redis' own (jemalloc), which asks for the time before libfaketime can
    // tell it, and whose memory libfaketime needs for that.
    LD_PRELOAD: `${library} libc.so.6`,
    FAKETIME: `${aheadMs < 0 ? '' : '+'}${seconds}s`,
    // Time-outs go by the monotonic clock.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}
