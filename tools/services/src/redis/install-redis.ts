import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { aptInstall } from '../debian/apt.js';
import { ServiceUnavailableError } from '../errors.js';
import { findExecutable } from '../process/executables.js';

/**
 * Debian's Redis is one program that goes by the name it is called with, and it lies in `redis-tools`; the package
 * `redis-server` adds a link to it, and a daemon that starts at once and at each boot. So the tools are installed and
 * the link is made here, in the data folder: no daemon, nothing to undo.
 */
const PACKAGE = 'redis-tools';
const SAME_PROGRAM = 'redis-check-rdb';

/**
 * Installs Redis with apt, unless it is there already.
 * @param folder where the link to the server may be made
 * @returns path of the server
 * @throws ServiceUnavailableError when apt fails, or brings no server
 */
export async function installRedis(folder: string): Promise<string> {
  const linked = await linkTo(folder);
  if (linked !== undefined) return linked;
  try {
    await aptInstall([PACKAGE]);
  } catch (error) {
    throw new ServiceUnavailableError(
      `There is no Redis, and apt-get could not install ${PACKAGE}. Install it by hand, or set REDIS_URL.`,
      { cause: error },
    );
  }
  const server = (await findExecutable(['redis-server'])) ?? (await linkTo(folder));
  if (server !== undefined) return server;
  throw new ServiceUnavailableError(
    `${PACKAGE} brought no ${SAME_PROGRAM}. Install redis-server by hand, or set REDIS_URL.`,
  );
}

/** A link in the folder by which the program is a server; undefined where the program is not installed. */
async function linkTo(folder: string): Promise<string | undefined> {
  const program = await findExecutable([SAME_PROGRAM]);
  if (program === undefined) return undefined;
  const link = join(folder, 'redis-server');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(link, { force: true });
  await symlink(program, link);
  return link;
}
