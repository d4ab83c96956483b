import type { RedisSetting } from './redis-fault.js';
import type { UnsafeSetting } from './redis-safety.js';
import type { RedisStanding } from './redis-standing.js';
import type { KeyFilter } from './scan-cursor.js';
import type { ScriptedRedis } from './scripts.js';

/** What comes of waiting for a connection. */
export interface Reachable {
  /** How it stands now. */
  readonly standing: RedisStanding;
  /** Why it can't be used now, if it can't. */
  readonly fault: Error | undefined;
  on(event: 'ready' | 'error' | 'close', listener: (error?: Error) => void): unknown;
  off(event: 'ready' | 'error' | 'close', listener: (error?: Error) => void): unknown;
}

/** The Redis of the cache: one server, or the masters of a cluster, each of which has a part of the keys. */
export interface CacheConnection extends Reachable {
  /**
   * The server that has a key now, and all others of the key's hash tag; it is asked for anew before each command. Among
   * several commands at once in an async function each, or what was sent before it throws is awaited by no one.
   * @throws RedisFaultError where none is known to have it
   */
  at(key: string): ScriptedRedis;
  /** All servers that have keys. */
  readonly servers: readonly ScriptedRedis[];
  /** Whether keys are spread over servers by their hash tags. */
  readonly spread: boolean;
  /**
   * One page of the names of all keys; `0` begins, and ends. It may be empty, and a key may come twice; one that was
   * there all the time comes.
   * @throws InvalidInputError for a cursor that such a Redis did not give
   */
  scanPage(cursor: string, filter: KeyFilter): Promise<[cursor: string, names: string[]]>;
  /** A cursor for {@link scanPage} at some place: what lies before it is not named. */
  randomCursor(): Promise<string>;
  /** What is unsafe about the servers for what they are used for, as of when the connections were made. */
  readonly unsafe: readonly UnsafeSetting[];
  /** The setting that holds its URL. */
  readonly setting: RedisSetting;
  /** Closes it. */
  disconnect(): void;
}

/** Things by the server that has their key now. @throws as {@link CacheConnection.at} */
export function byServer<T, Server>(
  redis: { at(key: string): Server },
  things: Iterable<T>,
  keyOf: (thing: T) => string,
): Map<Server, T[]> {
  const groups = new Map<Server, T[]>();
  for (const thing of things) {
    const server = redis.at(keyOf(thing));
    const group = groups.get(server);
    if (group === undefined) groups.set(server, [thing]);
    else group.push(thing);
  }
  return groups;
}
