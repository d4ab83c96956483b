import { parseRedisUrl, type RedisTarget } from '../config/redis-target.js';
import { UrlFaultError } from '../config/url-fault.js';
import { ConfigurationError } from '../permanent-errors.js';
import type { CacheConnection, Reachable } from './cache-connection.js';
import { ClusterConnection } from './cluster-connection.js';
import type { ConnectionTerms } from './connection-options.js';
import { RedisConnection } from './redis-connection.js';
import type { RedisSetting } from './redis-fault.js';
import { SCRIPTS, type ScriptedRedis } from './scripts.js';

/**
 * Opens a connection to one Redis, in the background; of a cluster to the master that has the terms' key. It says once
 * that Redis is away and where it looked, and once that it is back. The caller closes it.
 * @throws ConfigurationError for a URL that can't be used
 */
export function connectRedis(url: string, terms: ConnectionTerms): RedisConnection {
  return new RedisConnection(targetOf(url, terms.setting), terms);
}

/** Opens the connection to the Redis of the cache, which has the scripts; else as {@link connectRedis}. */
export function connectCache(
  url: string,
  terms: Omit<ConnectionTerms, 'scripts' | 'use' | 'key' | 'setting'>,
): CacheConnection {
  const target = targetOf(url);
  const scripted = { ...terms, use: 'request', scripts: SCRIPTS } as const;
  const { address } = target;
  if ('nodes' in address) return new ClusterConnection({ ...target, address }, scripted);
  // It is given the scripts, which ioredis makes into commands.
  return new RedisConnection(target, scripted) as ScriptedRedis;
}

function targetOf(url: string, setting: RedisSetting = 'REDIS_URL'): RedisTarget {
  try {
    return parseRedisUrl(url);
  } catch (error) {
    if (!(error instanceof UrlFaultError)) throw error;
    throw new ConfigurationError([`${setting}: ${error.message}`]);
  }
}

/**
 * Resolves when the connection is up, of a cluster when all its masters are. `givenUp` ends the wait: a connection that
 * is closed between two attempts tells no one.
 * @throws why it did not come up, at the first failure or loss: a ConfigurationError or a RedisFaultError when Redis
 *   was reached and can't be used
 */
export async function connected(redis: Reachable, givenUp?: AbortSignal): Promise<void> {
  givenUp?.throwIfAborted();
  if (redis.standing.ok) return;
  await new Promise<void>((resolve, reject) => {
    const settle = (act: () => void) => {
      redis.off('ready', onReady);
      redis.off('error', onFault);
      redis.off('close', onFault);
      givenUp?.removeEventListener('abort', onGivenUp);
      act();
    };
    const onReady = () => redis.standing.ok && settle(resolve);
    const onFault = (error?: Error) => settle(() => reject(redis.fault ?? error));
    const onGivenUp = () => settle(() => reject(givenUp?.reason));
    givenUp?.addEventListener('abort', onGivenUp);
    redis.on('ready', onReady);
    redis.on('error', onFault);
    redis.on('close', onFault);
  });
}
