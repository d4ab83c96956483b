import { readFileSync } from 'node:fs';
import { withSecretFiles } from '@hybrid-sync/sync-core';
import { UsageError } from './usage-error.js';

/**
 * The file in which `npm start` leaves the addresses of what it started: `.data/services.json` at the top.
 */
const SERVICES_FILE = new URL('../../../.data/services.json', import.meta.url);

/** Where addresses are looked for, the first place wins. */
export interface AddressSources {
  /** Given on the command line. */
  readonly options: { readonly redis?: string; readonly queueRedis?: string; readonly mongodb?: string };
  /** REDIS_URL, QUEUE_REDIS_URL, MONGODB_URL, or `…_FILE` of each; an empty variable counts as absent. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** See {@link SERVICES_FILE}. */
  readonly file?: URL;
}

/** The Redis of the cache, and that of the queues if it is another one. */
export interface RedisAddresses {
  readonly redisUrl: string;
  readonly queueRedisUrl: string | undefined;
}

/**
 * Finds Redis. The file's queue Redis is taken only together with the file's Redis: beside another one it
 * would belong to another deployment.
 *
 * @throws UsageError when it is nowhere to be found, or a file can't be read
 */
export function findRedis({ options, env: variables, file = SERVICES_FILE }: AddressSources): RedisAddresses {
  const env = readEnv(variables);
  const given = options.redis || env.REDIS_URL || undefined;
  const queueGiven = options.queueRedis || env.QUEUE_REDIS_URL || undefined;
  if (given !== undefined) return { redisUrl: given, queueRedisUrl: queueGiven };
  const { redisUrl, queueRedisUrl } = readServices(file);
  if (redisUrl === undefined) throw nowhere('Redis', '--redis', 'REDIS_URL');
  return { redisUrl, queueRedisUrl: queueGiven ?? queueRedisUrl };
}

/** Finds MongoDB. @throws UsageError when it is nowhere to be found, or a file can't be read */
export function findMongodb({ options, env, file = SERVICES_FILE }: AddressSources): string {
  const url = options.mongodb || readEnv(env).MONGODB_URL || readServices(file).mongodbUrl;
  if (url === undefined) throw nowhere('MongoDB', '--mongodb', 'MONGODB_URL');
  return url;
}

/** The environment, with what the files of its `…_FILE` variables hold. */
function readEnv(variables: AddressSources['env']): AddressSources['env'] {
  const { env, problems } = withSecretFiles(variables);
  if (problems.length > 0) throw new UsageError(problems.join('; '));
  return env;
}

function nowhere(what: string, option: string, variable: string): UsageError {
  return new UsageError(
    `nothing says where ${what} is: start the service with "npm start", or give ${option} or ${variable}`,
  );
}

/** The addresses in the file, none if there is no file. */
function readServices(file: URL): Record<string, string | undefined> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
  try {
    const parsed: unknown = JSON.parse(text);
    const entries = Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {});
    return Object.fromEntries(entries.filter(([, url]) => typeof url === 'string' && url !== ''));
  } catch (error) {
    throw new UsageError(
      `the services file of "npm start" can't be read: ${String(error)}; run "npm start" again`,
    );
  }
}
