import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, exists } from '../process/places.js';
import { fileOfDebianPackage } from './debian-file.js';
import { fromDebian } from './programs.js';

/** Debian's package of it. */
const PACKAGE = 'libfaketime';
/** Where Debian puts it, below a folder of the machine's kind. The variant for programs with threads, as Redis is. */
const LIBRARIES = '/usr/lib';
const LIBRARY = 'faketime/libfaketimeMT.so.1';

/** Finds libfaketime, which gives a process another clock; of its package this one file is kept beside the system. */
function findFaketime(cancelSignal?: AbortSignal): Promise<string> {
  const cached = join(cacheFolder(), `libfaketime-${process.arch}.so`);
  const find = async () => {
    const installed = (await readdir(LIBRARIES)).map((folder) => join(LIBRARIES, folder, LIBRARY));
    for (const path of [...installed, cached]) if (await exists(path)) return path;
    return undefined;
  };
  return fromDebian({
    name: PACKAGE,
    advice: `install it (\`sudo apt-get install ${PACKAGE}\`)`,
    find,
    bring: () => fileOfDebianPackage({ name: PACKAGE }, new RegExp(`${LIBRARY}$`), cached, cancelSignal),
  });
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
