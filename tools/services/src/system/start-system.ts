import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { ServicesError } from '../errors.js';
import { givenIn, type PreferredPorts } from '../find-context.js';
import { requireUnused } from '../process/data-folder.js';
import { lastLines } from '../process/last-lines.js';
import type { ServiceProcess } from '../process/service-process.js';
import { during, type Progress, SILENT } from '../progress.js';
import { type Services, startServices } from '../start-services.js';
import { type AppProcess, appProcess } from './app-process.js';
import { withDatabase } from './service-urls.js';
import { publishAddresses } from './services-file.js';
import { withUrlFiles } from './url-files.js';

const API_PORT = 8080;
const PROJECTOR_PORT = 8081;
/** Where the api speaks Redis' protocol, unless another process is there. */
const REDIS_LISTEN_PORT = 6380;
/** Ports tried first, so that URLs stay the same from run to run; no one's default ports. */
const PREFERRED_PORTS: PreferredPorts = { redis: 16_379, mongodb: 27_117, engine: 25_432 };

/** How the whole system is started. */
export interface StartSystemOptions {
  /** Folder for all data, records and logs. */
  readonly dataDir: string;
  /** Scripts of the two processes. */
  readonly apps: { readonly api: string; readonly projector: string };
  /**
   * The environment. `REDIS_URL` and `MONGODB_URL`, or files that `…_FILE` name, are services to use instead of starting
   * some; `PORT` (8080) and `PROJECTOR_PORT` (8081) are where the api and the projector listen, `REDIS_LISTEN_PORT` (6380,
   * or a free one where that is taken) where the api speaks Redis' protocol; all of it is passed on to both.
   */
  readonly env: NodeJS.ProcessEnv;
  readonly progress?: Progress;
  /** Gives the start up; what was started is stopped. */
  readonly signal?: AbortSignal;
}

/** The running system. */
export interface RunningSystem {
  readonly services: Services;
  readonly api: AppProcess;
  readonly projector: AppProcess;
  /** Where the api speaks Redis' protocol. */
  readonly redisPort: number;
  /** MongoDB's URL as the apps have it. */
  readonly mongodbUrl: string;
  readonly dataDir: string;
  /** Resolves with what happened when a part ends and nobody had asked for it; never otherwise. */
  readonly failure: Promise<string>;
  /** Stops api and projector, then what was started of the services. */
  stop(): Promise<void>;
}

/**
 * Starts the system on this machine: Redis and MongoDB, one api, one projector; resolves when both are ready.
 * @throws ServicesError (or one of its kinds) that says what to do; nothing is left running
 */
export async function startSystem(options: StartSystemOptions): Promise<RunningSystem> {
  const { apps, progress = SILENT, signal } = options;
  const env = withUrlFiles(options.env);
  const dataDir = resolve(options.dataDir);
  // First of all, or a second start would complain about the ports of the first.
  await requireUnused(dataDir);
  const ports = {
    api: await portFor(env, 'PORT', API_PORT),
    projector: await portFor(env, 'PROJECTOR_PORT', PROJECTOR_PORT),
  };
  const givenRedisPort =
    env.REDIS_LISTEN_PORT && (await portFor(env, 'REDIS_LISTEN_PORT', REDIS_LISTEN_PORT));

  let fail: (message: string) => void = () => undefined;
  const failure = new Promise<string>((resolve) => {
    fail = resolve;
  });
  const services = await startServices({
    dataDir,
    givenRedis: givenIn(env, 'REDIS_URL'),
    givenMongodb: givenIn(env, 'MONGODB_URL'),
    preferredPorts: PREFERRED_PORTS,
    progress,
    ...(signal && { signal }),
    onUnexpectedExit: (message) => fail(`${message}; logs are in ${join(dataDir, 'logs')}`),
  });
  // Not before it is needed: a system that starts beside this one may have taken it meanwhile.
  const redisPort = givenRedisPort || (await freePort(REDIS_LISTEN_PORT).catch(() => freePort(0)));
  const mongodbUrl =
    services.mongodb.origin === 'given' ? services.mongodbUrl : withDatabase(services.mongodbUrl);
  const appEnv = {
    ...env,
    REDIS_LISTEN_PORT: String(redisPort),
    REDIS_URL: services.redisUrl,
    MONGODB_URL: mongodbUrl,
  };
  const app = (name: 'api' | 'projector') => {
    const process = appProcess({ name, main: apps[name], port: ports[name], dataDir, env: appEnv });
    process.onUnexpectedExit = (message) => {
      void lastLines(process.logFile).then((lines) => {
        fail(`${message}; the end of ${process.logFile}:\n${lines}`);
      });
    };
    return process;
  };
  const [api, projector] = [app('api'), app('projector')];
  const withdrawAddresses = await publishAddresses(dataDir, {
    redisUrl: services.redisUrl,
    ...(env.QUEUE_REDIS_URL ? { queueRedisUrl: env.QUEUE_REDIS_URL } : {}),
    mongodbUrl,
  });
  const stop = async () => {
    await Promise.all([api.stop(), projector.stop()]);
    await withdrawAddresses();
    await services.stop();
  };
  try {
    await startTogether([api, projector], progress, signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return { services, api, projector, redisPort, mongodbUrl, dataDir, failure, stop };
}

/** Starts processes at once; the first that fails gives the others up. */
async function startTogether(
  processes: ServiceProcess[],
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const giveUp = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  const start = (process: ServiceProcess) =>
    during(progress, process.name, async (step) => {
      await process.start(giveUp);
      step.done(`ready, port ${process.port}`);
    }).catch((error: unknown) => failed.abort(error));
  await Promise.all(processes.map(start));
  signal?.throwIfAborted();
  failed.signal.throwIfAborted();
}

/** The port that a variable names, which has to be free. @throws ServicesError that names the variable */
async function portFor(env: NodeJS.ProcessEnv, variable: string, unlessGiven: number): Promise<number> {
  const port = Number(env[variable] || unlessGiven);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ServicesError(`${variable}=${env[variable]}: a port is a number from 1 to 65535`);
  }
  return freePort(port).catch((cause: unknown) => {
    const message = `Port ${port} is taken by another process. Choose another: ${variable}=<port> npm start`;
    throw new ServicesError(message, { cause });
  });
}

/** A port that nothing listens on: this one, or for 0 any. @throws what listening throws where it is taken */
async function freePort(port: number): Promise<number> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } finally {
    server.close();
  }
}
