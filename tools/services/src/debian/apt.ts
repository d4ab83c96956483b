import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecaError, execa } from 'execa';
import pLimit from 'p-limit';
import pRetry from 'p-retry';

/** How long another apt may hold a lock that is waited for, in seconds. */
const LOCK_TIMEOUT_S = 120;
/** Wait between two tries to take the lock of the package lists, in milliseconds. */
const LOCK_RETRY_MS = 500;
/** What apt says when another one holds a lock; in English, since it is asked in the C locale. */
const LOCKED = /could not get lock|unable to (?:acquire|lock)/i;

/** Keys that Debian's releases are signed with, as its own package has them. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Redis and MongoDB are looked for at the same time, and two apts at the same time shut each other out. */
const oneAtATime = pLimit(1);

/**
 * Installs Debian packages without asking and without recommended extras. Refreshes the package lists first.
 * @throws ExecaError with apt's own words
 */
export async function aptInstall(packages: readonly string[], cancelSignal?: AbortSignal): Promise<void> {
  await oneAtATime(async () => {
    await aptGet(['update', '-q'], cancelSignal);
    await aptGet(['install', '-qy', '--no-install-recommends', ...packages], cancelSignal);
  });
}

/** What is downloaded, without being installed: nothing of it is set up or started. */
export interface DebianDownload {
  readonly name: string;
  /** A release of Debian; this machine's own unless given. */
  readonly suite?: string | undefined;
}

/**
 * Downloads a Debian package into an empty folder. Refreshes the package lists first; those of another release are kept in
 * the folder, so this machine's own stay as they are.
 * @throws ExecaError with apt's own words
 */
export async function aptDownload(
  { name, suite }: DebianDownload,
  folder: string,
  cancelSignal?: AbortSignal,
): Promise<void> {
  const options = suite === undefined ? [] : await ofRelease(suite, folder);
  await oneAtATime(async () => {
    await aptGet([...options, 'update', '-q'], cancelSignal);
    await aptGet([...options, 'download', '-q', name], cancelSignal, folder);
  });
}

/** Options with which apt knows a release alone, and keeps what it learns in a folder. */
async function ofRelease(suite: string, folder: string): Promise<string[]> {
  const mirror = await hostMirror();
  if (mirror === undefined) throw new Error('no mirror of Debian is among the sources of apt');
  const sources = join(folder, 'sources.list');
  await writeFile(sources, `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`);
  const lists = join(folder, 'lists');
  await mkdir(join(lists, 'partial'), { recursive: true });
  return [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${lists}`,
    'Dir::State::status=/dev/null',
    `Dir::Cache=${folder}`,
  ].flatMap((option) => ['-o', option]);
}

/** An index of a whole archive of Debian over HTTP: no snapshot, which holds no later release, and no other vendor's. */
const DEBIAN_INDEX = /^'(https?:\/\/[^/]+(?:\/\S*)?\/debian)\/+dists\/(?!\S*security)\S+\/main\/binary-/m;

/**
 * The Debian mirror among the sources of this machine's apt, without a slash at its end; undefined where there is none.
 * Whoever set the machine up chose one that can be reached from it; a host name written down here might not be.
 */
export async function hostMirror(): Promise<string | undefined> {
  // It fetches nothing, and tells what it would fetch.
  const { stdout } = await execa('apt-get', ['update', '--print-uris'], { reject: false, stdin: 'ignore' });
  return DEBIAN_INDEX.exec(stdout ?? '')?.[1];
}

/** For the lock of dpkg apt-get itself can be told to wait; for that of the package lists it can't. */
async function aptGet(args: readonly string[], cancelSignal?: AbortSignal, cwd?: string): Promise<void> {
  await pRetry(
    () =>
      execa('apt-get', ['-o', `DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`, ...args], {
        env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
        stdin: 'ignore',
        ...(cwd && { cwd }),
        ...(cancelSignal && { cancelSignal }),
      }),
    {
      retries: (LOCK_TIMEOUT_S * 1000) / LOCK_RETRY_MS,
      minTimeout: LOCK_RETRY_MS,
      maxTimeout: LOCK_RETRY_MS,
      shouldRetry: ({ error }) => error instanceof ExecaError && LOCKED.test(String(error.stderr)),
      ...(cancelSignal && { signal: cancelSignal }),
    },
  );
}
