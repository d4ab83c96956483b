import type { Redis } from 'ioredis';
import { ConfigurationError } from '../permanent-errors.js';

/** Options of TLS that a URL can't say; files can be named in one. */
const NOT_IN_A_URL = ['ca', 'cert', 'key', 'pfx', 'checkServerIdentity', 'secureContext'];

/**
 * The URL of where a connection of an application leads, with its name and password.
 * @throws ConfigurationError where a URL can't say it
 */
export function urlOfRedis({ options, isCluster }: Pick<Redis, 'options' | 'isCluster'>): string {
  // It has no host among its options, so it would be taken for one that leads to this machine.
  if (isCluster) {
    throw new ConfigurationError([
      "redis: a connection of a cluster can't be taken as it is; give a URL such as redis-cluster://host,host",
    ]);
  }
  const { host, port, path, db = 0, username, password, sentinels, name, tls } = options;
  const held = NOT_IN_A_URL.filter((each) => tls !== undefined && each in tls);
  if (held.length > 0) {
    throw new ConfigurationError([
      `redis: a connection with tls.${held[0]} can't be taken as it is; give a URL with tlsCAFile, tlsCertificateFile, tlsKeyFile`,
    ]);
  }
  const login =
    password || username
      ? `${encodeURIComponent(username ?? '')}:${encodeURIComponent(password ?? '')}@`
      : '';
  if (path) return `unix://${login}${path}?db=${db}`;
  const s = tls === undefined ? '' : 's';
  if (!sentinels) return `redis${s}://${login}${hostAndPort({ host, port })}/${db}`;
  const { sentinelUsername = '', sentinelPassword = '' } = options;
  const own = new URLSearchParams({
    ...(sentinelUsername ? { sentinelUser: sentinelUsername } : {}),
    ...(sentinelPassword ? { sentinelPassword } : {}),
  });
  const hosts = sentinels.map((each) => hostAndPort({ port: 26379, ...each })).join(',');
  return `redis${s}-sentinel://${login}${hosts}/${name}/${db}${own.size === 0 ? '' : `?${own}`}`;
}

function hostAndPort({
  host = 'localhost',
  port = 6379,
}: {
  host?: string | undefined;
  port?: number | undefined;
}): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
