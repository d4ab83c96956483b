import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { findMmdebstrap, makeDebianRoot } from '../debian/programs.js';
import { ServicesError, ServiceUnavailableError } from '../errors.js';
import { isHeld } from '../process/data-folder.js';
import { faultOf, requireUsable } from '../process/folder-fault.js';
import { cacheFolder, exists, findExecutable } from '../process/places.js';
import type { ProgressStep } from '../progress.js';

/** The Debian release that has DocumentDB, and its package. */
const SUITE = 'forky';
const PACKAGE = 'postgresql-18-documentdb';
/** Raised when what is built changes, so that an older build is not taken for it. */
const LAYOUT = 2;
/**
 * The package's installation calls systemd-tmpfiles, which fails where /proc can't be mounted (a container without
 * privileges). It only makes folders for Debian's own way of starting the engine, which is not used: `true` does.
 */
const WITHOUT_TMPFILES = [
  '--dpkgopt=path-exclude=/usr/bin/systemd-tmpfiles',
  '--essential-hook=ln -s true "$1/usr/bin/systemd-tmpfiles"',
];
/** What nobody reads in there: each data folder has a link to each file, and half of them are these. */
const WITHOUT_DOCUMENTS = ['doc', 'man', 'locale', 'i18n', 'lintian', 'bash-completion'].map(
  (folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`,
);
/** The package would make a database of its own, which nothing uses. */
const WITHOUT_CLUSTER =
  '--essential-hook=mkdir -p "$1/etc/postgresql-common" && echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"';
/** How long to wait for another process that builds the same, in seconds. */
const LOCK_WAIT_S = 900;

/** Where the root file system with DocumentDB lies, once built. */
export function cachedRoot(): string {
  return join(cacheFolder(), `documentdb-${SUITE}-${process.arch}-${LAYOUT}`);
}

/**
 * Builds a root file system with DocumentDB beside the host's, unless it is there: about 510 MB, half a minute. It is
 * built under a temporary name and renamed when whole, one builder at a time.
 * @returns its path. Nothing in it may ever be written to: data folders share its files by hard links
 * @throws ServiceUnavailableError when Debian's packages can't be had, FolderUnusableError when there is no place for it
 */
export async function buildCachedRoot(step: ProgressStep, signal: AbortSignal): Promise<string> {
  const folder = cacheFolder();
  const root = cachedRoot();
  if (await exists(root)) return root;
  const chosen = { what: 'cache folder', path: folder, variable: 'HYBRID_SYNC_CACHE_DIR' };
  await requireUsable(chosen);
  const takeLock = (waitS: number) =>
    lock(folder, {
      lockfilePath: `${root}.lock`,
      retries: { retries: waitS, factor: 1, minTimeout: 1_000, maxTimeout: 1_000 },
    });
  const release = await takeLock(0).catch((error: unknown) => {
    if (!isHeld(error)) throw faultOf(chosen, error) ?? error;
    step.say('waiting for another process that installs DocumentDB');
    return takeLock(LOCK_WAIT_S);
  });
  try {
    if (!(await exists(root))) await build(folder, root, step, signal);
    return root;
  } finally {
    await release();
  }
}

async function build(folder: string, root: string, step: ProgressStep, signal: AbortSignal): Promise<void> {
  await removeUnfinished(folder);
  const unfinished = `${root}.unfinished-${process.pid}`;
  try {
    if ((await findExecutable(['mmdebstrap'])) === undefined) step.say('installing mmdebstrap');
    await findMmdebstrap(signal);
    step.say(`installing ${PACKAGE} beside the system (510 MB, once)`);
    const options = [
      '--variant=apt',
      '--aptopt=APT::Install-Recommends "false"',
      '--aptopt=Acquire::Check-Valid-Until "false"',
      ...WITHOUT_TMPFILES,
      ...WITHOUT_DOCUMENTS,
      WITHOUT_CLUSTER,
      `--include=${PACKAGE}`,
    ];
    await makeDebianRoot(SUITE, unfinished, options, signal);
    await rename(unfinished, root);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw new ServiceUnavailableError(
      `DocumentDB could not be installed from Debian's packages (suite ${SUITE}). ` +
        'Set MONGODB_URL to a running MongoDB, or put mongod on the PATH.',
      { cause: error instanceof ServicesError ? error.cause : error },
    );
  }
}

/** What a killed build left behind. Safe under the lock: no other build is under way. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder);
  const unfinished = names.filter((name) => /^documentdb-.*\.unfinished-\d+$/.test(name));
  await Promise.all(unfinished.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
