/** What decides where Redis comes from. */
export interface RedisFacts {
  /** `REDIS_URL` (or `TEST_REDIS_URL` for tests), if set. */
  readonly givenUrl: string | undefined;
  /** Path of `redis-server` or `valkey-server`, if there is one. */
  readonly executable: string | undefined;
  /** The system has `apt-get`. */
  readonly hasApt: boolean;
  /** This process may install packages. */
  readonly isRoot: boolean;
}

/** Where Redis comes from. */
export type RedisSource =
  | { readonly kind: 'given'; readonly url: string }
  | { readonly kind: 'installed'; readonly executable: string }
  | { readonly kind: 'apt' }
  | { readonly kind: 'none'; readonly advice: string };

/** Chooses where Redis comes from: one that was given, one that is installed, one that can be installed. */
export function chooseRedis({ givenUrl, executable, hasApt, isRoot }: RedisFacts): RedisSource {
  if (givenUrl) return { kind: 'given', url: givenUrl };
  if (executable) return { kind: 'installed', executable };
  if (hasApt && isRoot) return { kind: 'apt' };
  const install = hasApt ? 'run `sudo apt-get install redis-tools`' : 'install Redis or Valkey';
  return {
    kind: 'none',
    advice: `There is no Redis: ${install}, so that redis-server is on the PATH, or set REDIS_URL to a running one.`,
  };
}
