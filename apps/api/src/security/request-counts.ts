import { createHash } from 'node:crypto';
import { normalizeIP } from '@fastify/rate-limit';
import { type CacheConnection, connectCache } from '@hybrid-sync/sync-core';
import type { Logger } from 'pino';

/** Length of the window in which requests are counted, in milliseconds. */
export const COUNT_WINDOW_MS = 60_000;
/** How long a request waits for its count, in milliseconds: a Redis that hangs must not hold up what does without it. */
const COUNT_DEADLINE_MS = 100;
/** Counts that callers without a valid token share: however many addresses they come from, Redis gets no more keys. */
const ADDRESS_COUNTS = 4096;

/** A connection for counts; whoever asks for it ends it. */
export function connectCounts(redisUrl: string, log: Logger): CacheConnection {
  return connectCache(redisUrl, { role: 'api-rate-limit', log, deadlineMs: COUNT_DEADLINE_MS });
}

/** Whose count a caller without a valid token goes to. Names of tokens have no colon. */
export function addressCount(ip: string): string {
  const hash = createHash('sha256').update(normalizeIP(ip)).digest().readUInt32BE();
  return `address:${hash % ADDRESS_COUNTS}`;
}

/** What whoever is beyond the limit is told; `leftMs`: how long the window lasts. */
export function tooMany(max: number, leftMs: number): string {
  return `${max} requests a minute are the limit; wait ${Math.ceil(leftMs / 1000)} s`;
}

/** Redis' key of a caller's count. */
export function countName(namespace: string, caller: string): string {
  return `${namespace}:rate:${caller}`;
}

/** Takes the count of a caller, or why there is none. */
type Counted = (error: Error | null, result?: { current: number; ttl: number }) => void;

/**
 * Counts requests in Redis, for the rate limit's plugin. Its own store would keep a caller out for as long as Redis' clock
 * is behind, where that went back: here a window never lasts longer than its length.
 *
 * @param name first part of the names of the counts
 */
export function requestCounts(redis: Pick<CacheConnection, 'at'>, name: string) {
  return class RequestCounts {
    /** Counts a request; `windowMs`: length of the window. */
    incr(key: string, counted: Counted, windowMs: number): void {
      const ask = async () => redis.at(name + key).hsCountRequest(name + key, windowMs, 1);
      ask().then(
        ([current, ttl]) => counted(null, { current, ttl }),
        (error: Error) => counted(error),
      );
    }

    /** All routes count together. */
    child(): RequestCounts {
      return this;
    }
  };
}
