import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { passwordIn } from '@hybrid-sync/documentdb';
import getPort from 'get-port';
import { aptInstall } from '../debian/apt.js';
import { fromDebian } from '../debian/programs.js';
import { asGiven, type FindContext, type FoundService, type GivenService } from '../find-context.js';
import { findExecutable } from '../process/places.js';
import type { ServiceProcess } from '../process/service-process.js';
import { during } from '../progress.js';
import { checkGivenRedis, redisServer, redisUrl } from './redis-server.js';

/** A Redis that can be used. */
export interface FoundRedis extends FoundService {
  /** The server, when it was started here. */
  readonly server: ServiceProcess | undefined;
}

/** Finds or starts Redis. Errors are those of `startServices`. */
export function findRedis(
  { progress, dataDir, logs, ports, signal, onUnexpectedExit }: FindContext,
  given: GivenService | undefined,
): Promise<FoundRedis> {
  return during(progress, 'Redis', async (step) => {
    if (given !== undefined) {
      const { url, variable } = given;
      const answers = await checkGivenRedis(url, variable);
      step.done(answers ? `answers at ${variable}` : `where ${variable} says, which the processes look up`);
      return { ...asGiven(given), server: undefined };
    }
    const folder = join(dataDir, 'redis');
    const executable = await findRedisServer(folder, () => step.say('installing it with apt-get'));
    const port = await getPort({ host: '127.0.0.1', port: ports.redis ?? 0 });
    const password = await passwordIn(join(folder, 'password'));
    const server = redisServer({ executable, folder, logFile: join(logs, 'redis.log'), port, password });
    server.onUnexpectedExit = onUnexpectedExit;
    await server.start(signal);
    step.done(`${executable}, port ${port}`);
    const url = redisUrl(port, password);
    return { url, origin: 'started', where: executable, server, stop: () => server.stop() };
  });
}

/**
 * Debian's Redis is one program that goes by the name it is called with, and it lies in `redis-tools`; the package
 * `redis-server` adds a link to it, and a daemon that starts at once and at each boot. So the tools are installed and
 * the link is made here, in the data folder: no daemon, nothing to undo.
 */
const PACKAGE = 'redis-tools';
const SAME_PROGRAM = 'redis-check-rdb';

/**
 * Finds Redis' server, or Valkey's; on Debian as root it is installed. `folder`: where a link to it may be made.
 * `onInstall`: told when it has to be installed.
 * @returns its path
 * @throws ServiceUnavailableError that says what to do
 */
export function findRedisServer(folder: string, onInstall?: () => void): Promise<string> {
  return fromDebian({
    name: 'Redis',
    advice: `install Redis or Valkey (\`sudo apt-get install ${PACKAGE}\`), so that redis-server is on the PATH, or set REDIS_URL to a running one`,
    find: async () => (await findExecutable(['redis-server', 'valkey-server'])) ?? linkIn(folder),
    bring: () => {
      onInstall?.();
      return aptInstall([PACKAGE]);
    },
  });
}

/** A link in the folder by which the program is a server; undefined where the program is not installed. */
async function linkIn(folder: string): Promise<string | undefined> {
  const program = await findExecutable([SAME_PROGRAM]);
  if (program === undefined) return undefined;
  const link = join(folder, 'redis-server');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(link, { force: true });
  await symlink(program, link);
  return link;
}
