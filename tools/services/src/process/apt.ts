import { execa } from 'execa';

/** How long apt may wait for another apt that holds the lock, in seconds. */
const LOCK_TIMEOUT_S = 120;

/**
 * Installs Debian packages without asking and without recommended extras. Refreshes the package lists first.
 * @throws ExecaError with apt's own words
 */
export async function aptInstall(packages: readonly string[], cancelSignal?: AbortSignal): Promise<void> {
  const options = {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    stdin: 'ignore',
    ...(cancelSignal && { cancelSignal }),
  } as const;
  const lock = `DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`;
  await execa('apt-get', ['-o', lock, 'update', '-q'], options);
  await execa('apt-get', ['-o', lock, 'install', '-qy', '--no-install-recommends', ...packages], options);
}
