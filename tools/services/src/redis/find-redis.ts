import { join } from 'node:path';
import { passwordIn } from '@hybrid-sync/documentdb';
import getPort from 'get-port';
import { ServiceUnavailableError } from '../errors.js';
import type { FindContext, GivenService } from '../find-context.js';
import { findExecutable } from '../process/executables.js';
import type { ServiceProcess } from '../process/service-process.js';
import { installRedis } from './install-redis.js';
import { checkGivenRedis, redisServer, redisUrl } from './redis-server.js';
import { chooseRedis } from './redis-sources.js';

/** A Redis that can be used. */
export interface FoundRedis {
  readonly url: string;
  readonly origin: 'given' | 'installed' | 'apt';
  /** Where it came from, in words. */
  readonly where: string;
  /** The server, when it was started here. */
  readonly server: ServiceProcess | undefined;
  /** Stops the server, when it was started here. */
  stop(): Promise<void>;
}

/** Finds or starts Redis. Errors are those of `startServices`. */
export async function findRedis(context: FindContext, given: GivenService | undefined): Promise<FoundRedis> {
  const step = context.progress.begin('Redis');
  try {
    const source = chooseRedis({
      givenUrl: given?.url,
      executable: await findExecutable(['redis-server', 'valkey-server']),
      hasApt: (await findExecutable(['apt-get'])) !== undefined,
      isRoot: process.getuid?.() === 0,
    });
    if (source.kind === 'none') throw new ServiceUnavailableError(source.advice);
    if (source.kind === 'given') {
      const variable = given?.variable ?? 'REDIS_URL';
      const answers = await checkGivenRedis(source.url, variable);
      step.done(answers ? `answers at ${variable}` : `where ${variable} says, which the processes look up`);
      const where = `${variable}, neither started nor stopped here`;
      return { url: source.url, origin: 'given', where, server: undefined, stop: async () => undefined };
    }
    const folder = join(context.dataDir, 'redis');
    if (source.kind === 'apt') step.say('installing it with apt-get');
    const executable = source.kind === 'installed' ? source.executable : await installRedis(folder);
    const port = await getPort({ host: '127.0.0.1', port: context.ports.redis ?? 0 });
    const password = await passwordIn(join(folder, 'password'));
    const logFile = join(context.logs, 'redis.log');
    const server = redisServer({ executable, folder, logFile, port, password });
    server.onUnexpectedExit = context.onUnexpectedExit;
    await server.start(context.signal);
    step.done(`${executable}, port ${port}`);
    const origin = source.kind;
    const url = redisUrl(port, password);
    return { url, origin, where: executable, server, stop: () => server.stop() };
  } catch (error) {
    step.failed();
    throw error;
  }
}
