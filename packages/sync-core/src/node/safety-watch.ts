import type { Logger } from 'pino';
import type { CacheConnection } from '../redis/cache-connection.js';
import type { UnsafeSetting } from '../redis/redis-safety.js';

/** One connection of each Redis that is in use; of two that are for the same one the first counts. */
type Watched = readonly Pick<CacheConnection, 'setting' | 'unsafe' | 'on'>[];

/**
 * Says in the log whenever a connection came up and what is unsafe about its Redis, of a cluster about any of its masters, is not what it was.
 * @returns what is unsafe about all of them now
 */
export function watchSafety(connections: Watched, log: Logger): () => readonly UnsafeSetting[] {
  const watched = connections.filter(
    ({ setting }, at) => connections.findIndex((other) => other.setting === setting) === at,
  );
  for (const redis of watched) {
    let told: readonly string[] = [];
    redis.on('ready', () => {
      const { unsafe, setting: redisSetting } = redis;
      const keys = unsafe.map(({ setting, value }) => `${setting} ${value}`);
      for (const [at, each] of unsafe.entries()) {
        if (!told.includes(keys[at] ?? ''))
          log.warn({ url: redisSetting, ...each }, 'Redis has an unsafe setting');
      }
      if (told.length > 0 && keys.length === 0)
        log.info({ url: redisSetting }, 'Redis has no unsafe setting any more');
      told = keys;
    });
  }
  return () => watched.flatMap(({ unsafe }) => unsafe);
}
