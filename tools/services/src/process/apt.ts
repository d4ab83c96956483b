import { ExecaError, execa } from 'execa';
import pLimit from 'p-limit';
import pRetry from 'p-retry';

/** How long another apt may hold a lock that is waited for, in seconds. */
const LOCK_TIMEOUT_S = 120;
/** Wait between two tries to take the lock of the package lists, in milliseconds. */
const LOCK_RETRY_MS = 500;
/** What apt says when another one holds a lock; in English, since it is asked in the C locale. */
const LOCKED = /could not get lock|unable to (?:acquire|lock)/i;

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

/**
 * Downloads a Debian package into a folder without installing it: nothing of it is set up or started. Refreshes the
 * package lists first.
 * @throws ExecaError with apt's own words
 */
export async function aptDownload(name: string, folder: string, cancelSignal?: AbortSignal): Promise<void> {
  await oneAtATime(async () => {
    await aptGet(['update', '-q'], cancelSignal);
    await aptGet(['download', '-q', name], cancelSignal, folder);
  });
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
