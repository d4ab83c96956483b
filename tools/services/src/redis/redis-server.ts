import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { requireAnswer } from '../find-context.js';
import { ServiceProcess } from '../process/service-process.js';

/** How long a PING may take, in milliseconds. */
const PING_TIMEOUT_MS = 2_000;
/** How long Redis may take to read its data, in milliseconds. */
const READY_TIMEOUT_MS = 60_000;

/** Every write in the append-only file, which goes to disk each second, and no eviction: jobs and the journal must not vanish. */
export const DURABLE = {
  appendonly: 'yes',
  appendfsync: 'everysec',
  'maxmemory-policy': 'noeviction',
  save: '',
} as const;

/** A Redis of one's own. */
export interface RedisServerOptions {
  /** Path of `redis-server` or `valkey-server`. */
  readonly executable: string;
  /** Folder of its data and records. */
  readonly folder: string;
  readonly logFile: string;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** What clients and replicas have to say to be let in; nothing unless given. */
  readonly password?: string | undefined;
  /** Name for messages; `Redis` unless given. */
  readonly name?: string;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** As in redis.conf; {@link DURABLE} unless given. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of a configuration file that it may rewrite, by which it runs as a sentinel. */
  readonly sentinel?: string | undefined;
  /** How it is ended: SIGTERM lets it write what it has, which SIGKILL, for data to be thrown away, does not. */
  readonly stopSignal?: 'SIGTERM' | 'SIGKILL';
}

/** Redis as a process. */
export function redisServer(options: RedisServerOptions): ServiceProcess {
  const { executable, folder, logFile, port, password, env, sentinel, settings = DURABLE } = options;
  const { name = 'Redis', stopSignal = 'SIGTERM' } = options;
  const data = join(folder, 'data');
  const file = join(folder, 'secrets.conf');
  const all = {
    bind: '127.0.0.1',
    port: String(port),
    dir: data,
    // With a title of its own it would hide by its environment and command line whose it is.
    'set-proc-title': 'no',
    daemonize: 'no',
    ...settings,
  };
  const words = Object.entries(all).flatMap(([setting, value]) => [`--${setting}`, ...value.split(' ')]);
  return new ServiceProcess({
    name,
    port,
    ...(env && { env: { ...process.env, ...env } }),
    command: executable,
    args: [file, ...(sentinel === undefined ? [] : ['--sentinel']), ...words],
    prepare: async () => {
      await mkdir(data, { recursive: true, mode: 0o700 });
      // On the command line everybody on the machine could read it. The second line is for when it is a replica.
      const secrets = password === undefined ? '' : `requirepass ${password}\nmasterauth ${password}\n`;
      await writeFile(file, secrets + (sentinel ?? ''), { mode: 0o600 });
      await chmod(file, 0o600);
    },
    logFile,
    recordFile: join(folder, 'process.json'),
    commandMark: '-server',
    stopSignal,
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
  await requireAnswer('Redis', variable, () => ping(url));
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
