import type { ServiceLine } from '@hybrid-sync/services/line';
import { Redis } from 'ioredis';

/** Longest wait for one answer of Redis, in milliseconds. */
const COMMAND_TIMEOUT_MS = 5000;

/** Redis as the system under test has it, and what can be done to it whatever it is made of. */
export interface RedisUnderFault {
  /** URL by which pods and projectors reach it. */
  readonly appsUrl: string;
  /** URL by which the test itself reaches it. */
  readonly ownUrl: string;
  /** The lines by which pods and projectors reach its servers. */
  readonly lines: readonly ServiceLine[];
  /**
   * By how much the clock of a master is ahead of this machine's, in milliseconds; below 0 for behind.
   * @param port by which others reach it; it counts where there are several masters
   */
  aheadMs(port: number | undefined): number;
  /** Works with each server that has keys now, past all lines. */
  withMasters<T>(work: (redis: Redis) => Promise<T>): Promise<T[]>;
  /** Cuts the lines and stops what was started here. */
  stop(): Promise<void>;
}

/** Works with the Redis at a URL by a connection of its own. */
export async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { commandTimeout: COMMAND_TIMEOUT_MS, maxRetriesPerRequest: 3 });
  // Commands report their own failures; without a listener a lost connection would end the process.
  redis.on('error', () => undefined);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
