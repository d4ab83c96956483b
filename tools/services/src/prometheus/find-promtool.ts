import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder } from '../documentdb/root-cache.js';
import { ServicesError } from '../errors.js';
import { aptDownload } from '../process/apt.js';
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
    await unpack(cached, cancelSignal);
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

async function unpack(target: string, cancelSignal?: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-promtool-'));
  const unfinished = `${target}.unfinished-${process.pid}`;
  try {
    // apt downloads as a user of its own, who must be able to write here.
    await chmod(folder, 0o755);
    await aptDownload(PACKAGE, folder, cancelSignal);
    const archive = (await readdir(folder)).find((name) => name.endsWith('.deb'));
    if (archive === undefined) throw new Error('apt-get downloaded nothing');
    await execa('dpkg-deb', ['--extract', join(folder, archive), join(folder, 'unpacked')]);
    await mkdir(cacheFolder(), { recursive: true });
    await copyFile(join(folder, 'unpacked', 'usr', 'bin', 'promtool'), unfinished);
    // Renamed when whole: others look for it at the same time.
    await rename(unfinished, target);
  } finally {
    await rm(unfinished, { force: true });
    await rm(folder, { recursive: true, force: true });
  }
}
