import { byServer } from '../redis/cache-connection.js';
import type { ScriptedRedis } from '../redis/scripts.js';

/** Parts of a name, between colons, that may be the name of a namespace or of a queue with its prefix. */
const MAX_PARTS = 8;

/** A Redis that may be asked for hashes: one server, or several that share the keys. */
export interface KeysOfRedis {
  /** The server that has a key. @throws where none is known to have it */
  at(key: string): Pick<ScriptedRedis, 'pipeline'>;
}

/**
 * Which of these names belong to a hybrid-sync namespace or to a BullMQ queue of this Redis, running or not: those
 * below a name that has beside it, as `:meta`, the hash in which the one keeps its layout, or the other its options.
 * The own namespace, if there is one, counts whatever is beside it.
 * @throws what Redis throws
 */
export async function reservedAmong(
  redis: KeysOfRedis,
  names: readonly string[],
  namespace?: string,
): Promise<Set<string>> {
  const owners = [...new Set(names.flatMap(ownersOf))];
  const found = new Set(namespace === undefined ? [] : [namespace]);
  const looks = Array.from(byServer(redis, owners, metaOf), async ([server, its]) => {
    const ask = server.pipeline();
    for (const owner of its) ask.hmget(metaOf(owner), 'layout', 'slots', 'opts.maxLenEvents');
    const replies = (await ask.exec()) ?? [];
    for (const [index, owner] of its.entries()) {
      const [error, reply] = replies[index] ?? [new Error('Redis did not answer'), null];
      // Someone's own key of that name is no marker; whatever else failed must not pass for "nobody's".
      if (error !== null && !error.message.startsWith('WRONGTYPE')) throw error;
      if (error === null && isMarker(reply as (string | null)[])) found.add(owner);
    }
  });
  await Promise.all(looks);
  return new Set(names.filter((name) => ownersOf(name).some((owner) => found.has(owner))));
}

function metaOf(owner: string): string {
  return `${owner}:meta`;
}

/** `a` and `a:b` of `a:b:c`. */
function ownersOf(name: string): string[] {
  const parts = name.split(':', MAX_PARTS + 1);
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join(':'));
}

/** By fields that only the one or the other has, since a hash of someone's own may be called `:meta`, too. */
function isMarker([layout, slots, maxLenEvents]: readonly (string | null)[]): boolean {
  return (layout != null && slots != null) || maxLenEvents != null;
}
