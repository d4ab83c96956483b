import type { Logger } from 'pino';
import type { Settings } from '../config/settings.js';
import { queuePrefix } from '../fast-path/fast-queue.js';
import { PermanentError } from '../permanent-errors.js';
import type { Reachable } from '../redis/cache-connection.js';
import { connectRedis } from '../redis/connect-redis.js';
import type { RedisConnection } from '../redis/redis-connection.js';

/** The two connections to the Redis of the queues. */
export interface QueueConnections {
  /** For what a client waits for. */
  readonly requests: RedisConnection;
  /** For workers and event readers, which wait until Redis is back. */
  readonly background: RedisConnection;
  /** Closes both. */
  stop(): void;
}

/** Opens them to `QUEUE_REDIS_URL`, or to the Redis of the cache when that is not set. */
export function openQueueConnections(settings: Settings, role: string, log: Logger): QueueConnections {
  const { redisUrl, queueRedisUrl, redisTimeoutMs: deadlineMs } = settings;
  const [url, setting] =
    queueRedisUrl === undefined
      ? ([redisUrl, 'REDIS_URL'] as const)
      : ([queueRedisUrl, 'QUEUE_REDIS_URL'] as const);
  const terms = { log, deadlineMs, setting, key: queuePrefix(settings.namespace) };
  const requests = connectRedis(url, { ...terms, role: `${role}-queue`, use: 'request' });
  const background = connectRedis(url, { ...terms, role: `${role}-worker`, use: 'background' });
  return {
    requests,
    background,
    stop() {
      requests.disconnect();
      background.disconnect();
    },
  };
}

/** Resolves, with why, once one of these connections has found a server that no waiting makes fit. */
export function untilUnfit(connections: readonly Reachable[]): Promise<PermanentError> {
  return new Promise((resolve) => {
    for (const redis of connections) {
      redis.on('error', () => {
        if (redis.fault instanceof PermanentError) resolve(redis.fault);
      });
    }
  });
}
