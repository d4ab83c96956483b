import { join, resolve } from 'node:path';
import type { FindContext, GivenService, PreferredPorts } from './find-context.js';
import { type FoundMongodb, findMongodb } from './mongodb/find-mongodb.js';
import { makePrivate, occupyDataFolder } from './process/data-folder.js';
import { type ChosenFolder, faultOf } from './process/folder-fault.js';
import { keepPreviousLogs } from './process/log-files.js';
import { type Progress, SILENT } from './progress.js';
import { type FoundRedis, findRedis } from './redis/find-redis.js';

/** How services are had. */
export interface StartServicesOptions {
  /** Folder for all data, records and logs; created if need be, and taken for this process alone. */
  readonly dataDir: string;
  /** The environment variable by which a person names another one, for messages; HYBRID_SYNC_DATA_DIR unless given. */
  readonly dataDirVariable?: string;
  /** A running Redis to use instead of starting one, and the name of the variable it came from, for messages. */
  readonly givenRedis?: GivenService | undefined;
  /** A running MongoDB to use instead of starting one. */
  readonly givenMongodb?: GivenService | undefined;
  /** Ports to take when they are free; any free one otherwise. */
  readonly preferredPorts?: PreferredPorts;
  /** Whether acknowledged writes survive a power cut; default true. False is for data to be thrown away. */
  readonly durable?: boolean;
  /** Takes the news of what goes on. */
  readonly progress?: Progress;
  /** Gives the start up; what was started is stopped. */
  readonly signal?: AbortSignal;
  /** Told when a service that was started here ends and nobody had asked for it. */
  readonly onUnexpectedExit?: (message: string) => void;
}

/** Redis and MongoDB, found or started. */
export interface Services {
  /** URL of Redis. */
  readonly redisUrl: string;
  /** URL of MongoDB; without a database, except where the given one has one. */
  readonly mongodbUrl: string;
  readonly redis: FoundRedis;
  readonly mongodb: FoundMongodb;
  /** Stops what was started here, in order: gateway, engine, Redis. Given services are left alone. */
  stop(): Promise<void>;
}

/**
 * Finds or starts Redis and MongoDB, both at once.
 * @throws ServiceUnavailableError when one can be had in no way; its message says what to install
 * @throws ServiceStartError when one was started and did not become ready
 * @throws FolderInUseError when another process works with the data folder
 * @throws FolderUnusableError when it can't be written to
 */
export async function startServices(options: StartServicesOptions): Promise<Services> {
  const dataDir = resolve(options.dataDir);
  const folder: ChosenFolder = {
    what: 'data folder',
    path: dataDir,
    variable: options.dataDirVariable ?? 'HYBRID_SYNC_DATA_DIR',
  };
  const leave = await occupyDataFolder(folder);
  try {
    await makePrivate(dataDir);
    await keepPreviousLogs(join(dataDir, 'logs'));
  } catch (error) {
    await leave();
    throw faultOf(folder, error) ?? error;
  }
  // Whatever fails first gives the other one up too.
  const failed = new AbortController();
  const context: FindContext = {
    dataDir,
    logs: join(dataDir, 'logs'),
    durable: options.durable ?? true,
    ports: options.preferredPorts ?? {},
    progress: options.progress ?? SILENT,
    signal: AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])]),
    onUnexpectedExit: options.onUnexpectedExit,
  };
  const giveUp = (error: unknown): never => {
    const told = faultOf(folder, error) ?? error;
    failed.abort(told);
    throw told;
  };
  const [redis, mongodb] = await Promise.allSettled([
    findRedis(context, options.givenRedis).catch(giveUp),
    findMongodb(context, options.givenMongodb).catch(giveUp),
  ]);
  const stop = async () => {
    try {
      if (mongodb.status === 'fulfilled') await mongodb.value.stop();
    } finally {
      if (redis.status === 'fulfilled') await redis.value.stop();
      await leave();
    }
  };
  if (redis.status === 'fulfilled' && mongodb.status === 'fulfilled' && options.signal?.aborted !== true) {
    return {
      redisUrl: redis.value.url,
      mongodbUrl: mongodb.value.url,
      redis: redis.value,
      mongodb: mongodb.value,
      stop,
    };
  }
  await stop();
  options.signal?.throwIfAborted();
  throw failed.signal.reason;
}
