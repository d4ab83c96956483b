import type { CacheConnection } from '@hybrid-sync/sync-core';

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
      const ask = async () => redis.at(name + key).hsCountRequest(name + key, windowMs);
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
