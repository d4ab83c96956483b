import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where other tools find the services of a running system. */
export interface ServiceAddresses {
  readonly redisUrl: string;
  /** The Redis of the queues, where it is another one. */
  readonly queueRedisUrl?: string;
  /** With the database in its path. */
  readonly mongodbUrl: string;
}

/**
 * Leaves the addresses in `services.json` of the data folder while the system runs, for tools such as the replay. The
 * URLs may hold passwords, so the file is its owner's alone.
 * @returns what takes the file away
 */
export async function publishAddresses(
  dataDir: string,
  addresses: ServiceAddresses,
): Promise<() => Promise<void>> {
  const file = join(dataDir, 'services.json');
  // A file that is there already would keep its permissions.
  await rm(file, { force: true });
  await writeFile(file, `${JSON.stringify(addresses, undefined, 2)}\n`, { mode: 0o600 });
  return () => rm(file, { force: true });
}
