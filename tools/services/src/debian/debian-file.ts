import { chmod, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { withFolder } from '../process/temporary-folder.js';
import { aptDownload, type DebianDownload } from './apt.js';

/**
 * Keeps one file of a Debian package beside the system; nothing of the package is installed. `path`: matches the file's
 * path in the package, without a slash at its head; `target`: where it is kept.
 * @throws ExecaError with apt's own words; Error when the package has no such file
 */
export async function fileOfDebianPackage(
  wanted: DebianDownload,
  path: RegExp,
  target: string,
  cancelSignal?: AbortSignal,
): Promise<void> {
  const unfinished = `${target}.unfinished-${process.pid}`;
  await withFolder('debian', async (folder) => {
    // apt downloads as a user of its own, who must be able to write here.
    await chmod(folder, 0o755);
    await aptDownload(wanted, folder, cancelSignal);
    const archive = (await readdir(folder)).find((name) => name.endsWith('.deb'));
    if (archive === undefined) throw new Error('apt-get downloaded nothing');
    const unpacked = join(folder, 'unpacked');
    await execa('dpkg-deb', ['--extract', join(folder, archive), unpacked]);
    const file = (await readdir(unpacked, { recursive: true })).find((name) => path.test(name));
    if (file === undefined) throw new Error(`${wanted.name} has no ${path.source}`);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(unpacked, file), unfinished);
    // Renamed when whole: others look for it at the same time.
    await rename(unfinished, target);
  }).finally(() => rm(unfinished, { force: true }));
}
