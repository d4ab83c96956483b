import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { withoutCredentials } from '../config/without-credentials.js';
import { reasonOf } from '../errors.js';

/** How a connection is used, which decides what it does while Redis is away. */
export type RedisUse =
  /** A client waits for the answer: fail at once when offline, and after the deadline. */
  | 'request'
  /** BullMQ's own workers and event readers: wait until Redis is back. */
  | 'background';

/** Wait before the n-th attempt to connect again, in milliseconds: quick at first, never more than 2 s. */
function reconnectDelayMs(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 6), 2000);
}

/**
 * Opens a connection to Redis that goes on trying for ever. It says once that Redis is away and where it looked, and
 * once that it is back. The caller closes it.
 */
export function connectRedis(
  url: string,
  role: string,
  use: RedisUse,
  log: Logger,
  deadlineMs: number,
  lua?: RedisOptions['scripts'],
): Redis {
  const where = withoutCredentials(url);
  const redis = new Redis(url, {
    connectionName: `hybrid-sync-${role}`,
    retryStrategy: reconnectDelayMs,
    connectTimeout: deadlineMs,
    ...(use === 'request'
      ? {
          enableOfflineQueue: false,
          maxRetriesPerRequest: 0,
          commandTimeout: deadlineMs,
          autoResendUnfulfilledCommands: false,
        }
      : { maxRetriesPerRequest: null }),
    // Commands of one turn of the event loop leave in one write, and those that come meanwhile with the next one.
    ...(lua === undefined ? {} : { scripts: lua, enableAutoPipelining: true }),
  });
  let away = false;
  redis.on('error', (error: Error) => {
    if (!away)
      log.error(
        { redis: where, role, reason: reasonOf(error) },
        'Redis is not reachable; trying again until it is',
      );
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info({ redis: where, role }, 'Redis is reachable again');
    away = false;
  });
  return redis;
}

/**
 * Resolves when the connection is up. `givenUp` ends the wait: a connection that is closed between two attempts tells
 * no one.
 * @throws why it did not come up, at the first failure or loss
 */
export async function connected(redis: Redis, givenUp?: AbortSignal): Promise<void> {
  givenUp?.throwIfAborted();
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const settle = (act: () => void) => {
      redis.off('ready', onReady).off('error', onError).off('close', onClose);
      givenUp?.removeEventListener('abort', onGivenUp);
      act();
    };
    const onReady = () => settle(resolve);
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(() => reject(new Error('the connection was closed')));
    const onGivenUp = () => settle(() => reject(givenUp?.reason));
    givenUp?.addEventListener('abort', onGivenUp);
    redis.once('ready', onReady).once('error', onError).once('close', onClose);
  });
}
