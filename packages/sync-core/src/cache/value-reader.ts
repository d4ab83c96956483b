import type { CacheConnection } from '../redis/cache-connection.js';
import { refusalOf } from '../redis-refusal.js';
import type { ForeignRecords } from './foreign-records.js';
import { type CacheKeys, placesBySlot, slotOf } from './keys.js';

/**
 * Bytes of values that are asked for at once, of all keys together; a value of any size is read alone. Writes wait on the same
 * connection for what is on its way there, and all else for what is made of it.
 */
const MOST_BYTES = 2 * 1024 * 1024;
/** Bytes from which a value is left as it came: to make a text of it, and bytes again, costs more than all the rest. */
const LARGE = 4096;

/** A value as it is kept: a text, or the bytes of one that is large. */
export type KeptValue = string | Buffer;

/** What came of a look at the values of several keys. */
export interface SomeValues {
  /** In the order asked for; undefined for no pair, and for what was not read. */
  readonly values: readonly (KeptValue | undefined)[];
  /** The places of those that were not read. */
  readonly unread: readonly number[];
}

/**
 * Reads values, and nothing else of their pairs: those of all slots of a server by one script. What stands before a cluster
 * as one server may refuse that; from then on each slot is asked for by itself.
 */
export class ValueReader {
  readonly #redis: CacheConnection;
  readonly #keys: CacheKeys;
  readonly #foreign: ForeignRecords | undefined;
  #together = true;

  constructor(redis: CacheConnection, keys: CacheKeys, foreign: ForeignRecords | undefined) {
    this.#redis = redis;
    this.#keys = keys;
    this.#foreign = foreign;
  }

  /** The values of as many of these keys as hold 2 MiB together, or little more, in one round trip; all on one server. */
  async some(keys: readonly string[]): Promise<SomeValues> {
    const names = keys.map((key) => this.#keys.pair(slotOf(key, this.#keys.slots), key));
    const values = new Array<KeptValue | undefined>(keys.length).fill(undefined);
    if (this.#together) {
      try {
        return { values, unread: await this.#read([...keys.keys()], names, MOST_BYTES, values) };
      } catch (error) {
        if (refusalOf(error)?.code !== 'CROSSSLOT') throw error;
        this.#together = false;
      }
    }
    const groups = [...placesBySlot(keys, this.#keys.slots).values()];
    const bytes = Math.ceil(MOST_BYTES / groups.length);
    // Each in an async function of its own, so that none is left that no one awaits.
    const unread = await Promise.all(groups.map(async (places) => this.#read(places, names, bytes, values)));
    return { values, unread: unread.flat() };
  }

  /** Reads the values of the first of these, and puts them at their places. @returns the places of the others */
  async #read(
    places: readonly number[],
    names: readonly string[],
    mostBytes: number,
    values: (KeptValue | undefined)[],
  ): Promise<readonly number[]> {
    const asked = places.map((place) => names[place] ?? '');
    const found = await this.#redis.at(asked[0] ?? '').hsValuesBuffer(asked.length, ...asked, mostBytes);
    for (const [at, value] of found.entries()) {
      if (Buffer.isBuffer(value))
        values[places[at] ?? 0] = value.length < LARGE ? value.toString() : own(value);
      else if (value !== null) this.#foreign?.found('pair', asked[at] ?? '', value[0].toString());
    }
    return places.slice(found.length);
  }
}

/** The bytes without what else came with them, which they would keep in memory. */
function own(bytes: Buffer): Buffer {
  return bytes.buffer.byteLength > 2 * bytes.length ? Buffer.from(bytes) : bytes;
}
