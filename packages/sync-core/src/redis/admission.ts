import { AbstractConnector, type Redis } from 'ioredis';
import type { ServerInfo } from './redis-safety.js';

/**
 * Has a server's INFO looked at before a connection to it counts as ready. ioredis asks its connector then; there is no
 * option for it. `admits`: whether the server may be used.
 */
export function admitOnly(redis: Redis, admits: (info: ServerInfo) => boolean): void {
  const connector: unknown = Reflect.get(redis, 'connector');
  if (!(connector instanceof AbstractConnector)) throw new TypeError('ioredis keeps no connector');
  const isMaster = connector.check.bind(connector);
  connector.check = (info: ServerInfo) => {
    // One of Sentinel asks another sentinel next when this is no master.
    const fits = isMaster(info);
    return admits(info) && fits;
  };
}
