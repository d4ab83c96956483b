import type { RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import type { RedisTarget } from '../config/redis-target.js';
import type { RedisSetting } from './redis-fault.js';
import { loginOf, tlsOf } from './server-line.js';
import { SlotConnector } from './slot-connector.js';

/** How a connection is used, which decides what it does while Redis is away. */
export type RedisUse =
  /** A client waits for the answer: fail at once when offline, and after the deadline. */
  | 'request'
  /** BullMQ's own workers and event readers, and listeners: wait until Redis is back. */
  | 'background';

/** Longest time that a blocking read may ask Redis to wait, in milliseconds: the line's deadline comes after it. */
export const LONGEST_BLOCK_MS = 2000;
/** Shortest deadline of a line, in milliseconds: one of a short command deadline must not break at every hiccup. */
const SHORTEST_LINE_DEADLINE_MS = 1000;
/** Wait before the n-th attempt to connect again, in milliseconds: quick at first, never more than 2 s. */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 6), 2000);
}

/** What a connection is for, and how it behaves. */
export interface ConnectionTerms {
  /** Part of its name in Redis' CLIENT LIST and in the log. */
  readonly role: string;
  readonly use: RedisUse;
  readonly log: Logger;
  /** Deadline of one command, and of coming up, in milliseconds. */
  readonly deadlineMs: number;
  /** Scripts that become its commands. */
  readonly scripts?: RedisOptions['scripts'];
  /** The setting that holds the URL, for messages; `REDIS_URL` unless given. */
  readonly setting?: RedisSetting;
  /** In a cluster it leads to the master that has this key, wherever that moves; to any master unless given. */
  readonly key?: string;
}

/** Where ioredis is to go, and how. */
function addressOf(
  target: RedisTarget,
  { role, deadlineMs, setting = 'REDIS_URL', key = '' }: ConnectionTerms,
): RedisOptions {
  const { address } = target;
  if ('nodes' in address) {
    const asks = { role, deadlineMs, setting };
    const options = { target, seeds: address.nodes, key, terms: asks, retryMs: reconnectDelayMs };
    const Connector = class extends SlotConnector {
      constructor() {
        super(options);
      }
    };
    return { ...tlsOf(target), Connector };
  }
  if (!('sentinels' in address))
    return { ...address, ...tlsOf(target, 'host' in address ? address.host : undefined) };
  const { tls } = tlsOf(target);
  const { sentinels, master, ...rest } = address;
  return {
    ...rest,
    sentinels: [...sentinels],
    name: master,
    role: 'master',
    sentinelRetryStrategy: reconnectDelayMs,
    sentinelCommandTimeout: deadlineMs,
    ...(tls && { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
  };
}

/** The options of ioredis for a connection on these terms; `override`: those that differ. */
export function optionsOf(
  target: RedisTarget,
  terms: ConnectionTerms,
  override: Partial<RedisOptions>,
  reconnectOnError: (error: Error) => false,
): RedisOptions & { replyMapping: 'legacy' } {
  const { role, use, deadlineMs, scripts } = terms;
  const lineDeadlineMs = Math.max(2 * deadlineMs, SHORTEST_LINE_DEADLINE_MS);
  return {
    ...addressOf(target, terms),
    ...loginOf(target),
    db: target.database,
    connectionName: `hybrid-sync-${role}`,
    retryStrategy: reconnectDelayMs,
    connectTimeout: deadlineMs,
    ...(use === 'request'
      ? {
          enableOfflineQueue: false,
          maxRetriesPerRequest: 0,
          commandTimeout: deadlineMs,
          autoResendUnfulfilledCommands: false,
          socketTimeout: lineDeadlineMs,
        }
      : { maxRetriesPerRequest: null, socketTimeout: LONGEST_BLOCK_MS + lineDeadlineMs }),
    // Commands of one turn of the event loop leave in one write, and those that come meanwhile with the next one. Those
    // of commits are gathered already.
    ...(scripts === undefined
      ? {}
      : {
          scripts,
          enableAutoPipelining: true,
          autoPipeliningIgnoredCommands: ['hsCommit', 'hsCommitMakingRoom'],
        }),
    ...override,
    replyMapping: 'legacy',
    reconnectOnError,
  };
}
