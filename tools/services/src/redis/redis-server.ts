import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { messageOf, ServiceUnavailableError } from '../errors.js';
import { ServiceProcess } from '../process/service-process.js';

/** How long a PING may take, in milliseconds. */
const PING_TIMEOUT_MS = 2_000;
/** How long Redis may take to read its data, in milliseconds. */
const READY_TIMEOUT_MS = 60_000;

/** A Redis of one's own. */
export interface RedisServerOptions {
  /** Path of `redis-server` or `valkey-server`. */
  readonly executable: string;
  /** Folder of its data and records. */
  readonly folder: string;
  readonly logFile: string;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** What clients and replicas have to say to be let in. */
  readonly password: string;
  /** Name for messages; `Redis` unless given. */
  readonly name?: string;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Redis as this system needs it: every write in the append-only file, which goes to disk each second, and no eviction
 * (BullMQ's jobs and the journal must not vanish).
 */
export function redisServer({
  executable,
  folder,
  logFile,
  port,
  password,
  name = 'Redis',
  env,
}: RedisServerOptions): ServiceProcess {
  const data = join(folder, 'data');
  const secrets = join(folder, 'secrets.conf');
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: data,
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    // With a title of its own it would hide by its environment and command line whose it is.
    'set-proc-title': 'no',
    daemonize: 'no',
    save: '',
  };
  return new ServiceProcess({
    name,
    port,
    ...(env && { env: { ...process.env, ...env } }),
    command: executable,
    args: [secrets, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])],
    prepare: async () => {
      await mkdir(data, { recursive: true, mode: 0o700 });
      // On the command line everybody on the machine could read it. The second line is for when it is a replica.
      await writeFile(secrets, `requirepass ${password}\nmasterauth ${password}\n`, { mode: 0o600 });
      await chmod(secrets, 0o600);
    },
    logFile,
    recordFile: join(folder, 'process.json'),
    commandMark: '-server',
    stopSignal: 'SIGTERM',
    isReady: async () => (await ping(redisUrl(port, password))) === 'PONG',
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
}

/** URL of a Redis on this machine; with its password, where it has one. */
export function redisUrl(port: number, password?: string): string {
  const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  return `redis://${credentials}127.0.0.1:${port}`;
}

/** A URL that means to ioredis what it means to the service: it has no options, and is not of sentinels. */
const PLAIN = /^(?:rediss?|unix):\/\/[^?]*$/i;

/**
 * Makes sure that a Redis someone named is there. One that is behind sentinels or named with options is left to the
 * processes that read such a URL: they say what is wrong.
 * @returns whether it answered
 * @throws ServiceUnavailableError when it does not answer
 */
export async function checkGivenRedis(url: string, variable: string): Promise<boolean> {
  if (!PLAIN.test(url)) return false;
  try {
    await ping(url);
  } catch (error) {
    throw new ServiceUnavailableError(
      `${variable} is set, but no Redis answers there (${messageOf(error)}). Start it, or unset ${variable}.`,
      { cause: error },
    );
  }
  return true;
}

async function ping(url: string): Promise<string> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PING_TIMEOUT_MS,
    commandTimeout: PING_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // The error of the connection itself: `connect()` and `ping()` reject with it as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.ping();
  } finally {
    client.disconnect();
  }
}
