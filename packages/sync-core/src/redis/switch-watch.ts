import { Redis } from 'ioredis';
import type { HostAndPort, RedisTarget, SentinelAddress } from '../config/redis-target.js';
import { reconnectDelayMs } from './connection-options.js';
import { tlsOf } from './server-line.js';

/** What sentinels publish when another server has become the primary: `<master> <old host> <port> <new host> <port>`. */
const CHANNEL = '+switch-master';

/** Is told where the primary is now. */
export type SwitchFollower = (primary: HostAndPort) => void;

/** The sentinels of a Redis that are listened to, for all connections of this process to it. */
interface Watch {
  readonly followers: Set<SwitchFollower>;
  readonly sentinels: readonly Redis[];
}

const watches = new Map<string, Watch>();

/**
 * Has a connection hear from the sentinels of its target that another server is the primary. In a planned failover
 * (`SENTINEL FAILOVER`) the former one goes on taking writes for ten seconds, all of which it throws away then: whoever
 * waits for its word stays that long. Does nothing for a target without sentinels. One connection to each sentinel
 * serves all connections of this process. `role`: part of its name in CLIENT LIST.
 * @returns what ends it
 */
export function followSwitches(target: RedisTarget, role: string, follower: SwitchFollower): () => void {
  if (!('sentinels' in target.address)) return () => undefined;
  // Targets of other credentials are others.
  const which = JSON.stringify(target.address);
  const watch = watches.get(which) ?? watchOf(target, target.address, role);
  watches.set(which, watch);
  watch.followers.add(follower);
  return () => {
    watch.followers.delete(follower);
    if (watch.followers.size > 0 || watches.get(which) !== watch) return;
    watches.delete(which);
    for (const sentinel of watch.sentinels) sentinel.disconnect();
  };
}

function watchOf(target: RedisTarget, address: SentinelAddress, role: string): Watch {
  const { sentinels, master, family, sentinelUsername, sentinelPassword } = address;
  const followers = new Set<SwitchFollower>();
  const listen = ({ host, port }: HostAndPort) => {
    const sentinel = new Redis({
      ...tlsOf(target, host),
      host,
      port,
      family,
      ...(sentinelUsername === undefined ? {} : { username: sentinelUsername }),
      ...(sentinelPassword === undefined ? {} : { password: sentinelPassword }),
      connectionName: `hybrid-sync-${role}-switches`,
      retryStrategy: reconnectDelayMs,
      maxRetriesPerRequest: null,
      enableReadyCheck: false,
      replyMapping: 'legacy',
    });
    // A sentinel that is away tells nothing; the others do, and the former primary itself in the end.
    sentinel.on('error', () => undefined);
    sentinel.subscribe(CHANNEL).catch(() => undefined);
    sentinel.on('message', (_channel: string, message: string) => {
      const [name, , , newHost = '', newPort] = message.split(' ');
      if (name !== master) return;
      for (const follower of [...followers]) follower({ host: newHost, port: Number(newPort) });
    });
    return sentinel;
  };
  return { followers, sentinels: sentinels.map(listen) };
}
