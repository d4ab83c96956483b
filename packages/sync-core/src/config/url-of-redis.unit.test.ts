import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from './redis-target.js';
import { urlOfRedis } from './url-of-redis.js';

const urlOf = (options: RedisOptions) =>
  urlOfRedis(new Redis({ lazyConnect: true, ...options } as RedisOptions & { replyMapping: 'legacy' }));

describe('where a connection of an application leads', () => {
  it.each<[RedisOptions, string]>([
    [{}, 'redis://localhost:6379/0'],
    [{ host: '::1', port: 7000, db: 3 }, 'redis://[::1]:7000/3'],
    [{ username: 'ä', password: 'p@:/?#' }, 'redis://%C3%A4:p%40%3A%2F%3F%23@localhost:6379/0'],
    [{ tls: {} }, 'rediss://localhost:6379/0'],
    [{ path: '/run/redis.sock', db: 2 }, 'unix:///run/redis.sock?db=2'],
    [
      { sentinels: [{ host: 'a', port: 1 }, { host: 'b' }], name: 'm', password: 'p', sentinelPassword: 's' },
      'redis-sentinel://:p@a:1,b:26379/m/0?sentinelPassword=s',
    ],
  ])('%j is a URL that can be read', (options, url) => {
    expect(urlOf(options)).toBe(url);
    const { database, password = '' } = parseRedisUrl(url);
    expect([database, password]).toEqual([options.db ?? 0, options.password ?? '']);
  });

  it('is not told where a URL would leave something out', () => {
    expect(() => urlOf({ tls: { ca: 'x' } })).toThrow(/tls.ca/);
  });

  it('is not told of a cluster, whose client has no host among its options', () => {
    const cluster = new Cluster([{ host: 'elsewhere' }], { lazyConnect: true });
    expect(() => urlOfRedis(cluster as unknown as Redis)).toThrow(/redis-cluster:\/\//);
  });
});
