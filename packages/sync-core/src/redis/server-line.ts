import { isIP } from 'node:net';
import type { RedisOptions } from 'ioredis';
import type { HostAndPort, RedisTarget } from '../config/redis-target.js';

/** How TLS is spoken with a target, as ioredis takes it; empty where it is not. `host`: by which a server is called. */
export function tlsOf({ tls: identity }: RedisTarget, host?: string): Pick<RedisOptions, 'tls'> {
  if (identity === undefined) return {};
  const servername = identity.serverName ?? (host === undefined || isIP(host) ? undefined : host);
  return {
    tls: {
      // Asked for anew by each connection.
      get secureContext() {
        return identity.context;
      },
      ...(servername === undefined ? {} : { servername }),
    },
  };
}

/** What a target asks for of whoever comes, as ioredis takes it. */
export function loginOf({ username, password }: RedisTarget): Pick<RedisOptions, 'username' | 'password'> {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

/** The way to one node of a cluster, as ioredis takes it. */
export function lineTo({ host, port }: HostAndPort, target: RedisTarget): RedisOptions {
  const family = 'family' in target.address ? target.address.family : 0;
  return { host, port, family, ...tlsOf(target, host), ...loginOf(target) };
}
