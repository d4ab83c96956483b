import { z } from 'zod';
import { mongodbTarget } from '../mongodb-target.js';
import { parseRedisUrl } from '../redis-target.js';
import { setting } from '../setting-definition.js';
import { connectionUrl, whole } from '../value-schemas.js';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** Where Redis and MongoDB are, and what holds for the data in them. */
export const STORE_SETTINGS = {
  redisUrl: setting(
    'app.redis.url',
    'REDIS_URL',
    connectionUrl(parseRedisUrl),
    'redis://127.0.0.1:6379',
    'The Redis that holds the cache and the journal.',
  ),
  queueRedisUrl: setting(
    'app.redis.queue-url',
    'QUEUE_REDIS_URL',
    connectionUrl(parseRedisUrl).optional(),
    undefined,
    'The Redis of the queues; the same as the cache unless given.',
  ),
  redisTimeoutMs: setting(
    'app.redis.timeout-ms',
    'REDIS_TIMEOUT_MS',
    whole(10, 60_000),
    2000,
    'Deadline of one Redis command, in milliseconds.',
  ),
  mongodbUrl: setting(
    'app.mongodb.url',
    'MONGODB_URL',
    connectionUrl(mongodbTarget),
    'mongodb://127.0.0.1:27017/hybrid_sync',
    'The MongoDB of the shadows and the outbox; the path names the database (hybrid_sync if none).',
  ),
  mongodbTimeoutMs: setting(
    'app.mongodb.timeout-ms',
    'MONGODB_TIMEOUT_MS',
    whole(10, 600_000),
    5000,
    'Deadline of one attempt of a MongoDB operation, in milliseconds.',
  ),
  mongodbMaxPoolSize: setting(
    'app.mongodb.max-pool-size',
    'MONGODB_MAX_POOL_SIZE',
    whole(2, 1000),
    100,
    'Connections that a process has at most to each server of MongoDB; an operation that finds no free one waits.',
  ),
  namespace: setting(
    'app.namespace',
    'HYBRID_SYNC_NAMESPACE',
    z.string().regex(/^[a-zA-Z0-9_-]{1,32}$/, 'must be 1 to 32 letters, digits, _ or -'),
    'hs',
    'First part of every Redis key.',
  ),
  slots: setting(
    'app.slots',
    'HYBRID_SYNC_SLOTS',
    whole(1, 1024),
    32,
    'Number of partitions of the keys; fixed once data exists.',
  ),
  maxKeyBytes: setting(
    'app.limits.max-key-bytes',
    'MAX_KEY_BYTES',
    whole(1, 8 * KIBIBYTE),
    KIBIBYTE,
    'Longest key, in bytes of UTF-8.',
  ),
  maxValueBytes: setting(
    'app.limits.max-value-bytes',
    'MAX_VALUE_BYTES',
    whole(1, 8 * MEBIBYTE),
    MEBIBYTE,
    'Largest value, in bytes of UTF-8.',
  ),
} as const;
