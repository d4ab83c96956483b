import type { RedisTarget } from '../config/redis-target.js';
import { RedisFaultError } from '../errors.js';
import { ConfigurationError } from '../permanent-errors.js';
import { refusalOf } from '../redis-refusal.js';
import { type ConnectionFault, tlsFaultOf } from './connection-faults.js';
import type { ServerInfo } from './redis-safety.js';

/** The setting that holds a URL of Redis. */
export type RedisSetting = 'REDIS_URL' | 'QUEUE_REDIS_URL';

/** What is there is a cluster where none was named, or none where one was. */
function clusterFault(setting: RedisSetting, { cluster }: RedisTarget): ConfigurationError {
  return new ConfigurationError([
    cluster
      ? `${setting}: it names a Redis Cluster, and what is there is none: name it by redis://host`
      : `${setting}: it names a node of a Redis Cluster: name the cluster by redis-cluster://host,host`,
  ]);
}

/** The server is a replica. */
export function replicaFault(setting: RedisSetting, { address, cluster }: RedisTarget): RedisFaultError {
  const meaning =
    'sentinels' in address
      ? 'is a replica, and its sentinels name no other one as the primary yet'
      : cluster
        ? 'has a node that is a replica, and its cluster names no other one as the master yet'
        : 'is a replica, which takes no writes: name the primary';
  return new RedisFaultError(setting, { code: 'READONLY', meaning });
}

/** Why a server that was reached is not one to be used, by its INFO; undefined where it is. */
export function unfitness(
  info: ServerInfo,
  setting: RedisSetting,
  target: RedisTarget,
): ConfigurationError | RedisFaultError | undefined {
  const clustered = info.cluster_enabled === '1';
  if (info.cluster_enabled !== undefined && clustered !== target.cluster)
    return clusterFault(setting, target);
  return info.role === 'slave' ? replicaFault(setting, target) : undefined;
}

/** An error of a connection by its name. `found`: what is the matter, where more is known than the error says. */
export function namedFault(
  error: Error & { command?: { name?: string } },
  setting: RedisSetting,
  target: RedisTarget,
  found?: ConnectionFault,
): Error {
  const refusal = refusalOf(error);
  if (refusal === undefined) {
    const known = found ?? tlsFaultOf(error);
    return known === undefined ? error : new RedisFaultError(setting, known);
  }
  if (/ in cluster mode|cluster support disabled/.test(error.message)) return clusterFault(setting, target);
  if (error.command?.name === 'select' && refusal.code === 'ERR') {
    return new ConfigurationError([`${setting}: its Redis has no database ${target.database}`]);
  }
  return new RedisFaultError(setting, refusal);
}
