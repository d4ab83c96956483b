import type { CacheConnection } from '../redis/cache-connection.js';
import { type CachedPair, pairOf } from './cached-pair.js';
import type { ForeignRecords } from './foreign-records.js';
import { type CacheKeys, placesBySlot } from './keys.js';

/** Bytes of values that are asked for at once, of all slots together; a value of any size is read alone. */
const MOST_BYTES = 8 * 1024 * 1024;

/** What a look at several keys saw. */
export interface Look {
  /** In the order asked for. */
  readonly pairs: readonly (CachedPair | undefined)[];
  /**
   * In the same order: when each was read, in milliseconds since 1970 on the clock of its server, by which it expires. Each
   * server of a cluster has its own.
   */
  readonly times: readonly number[];
  /** By slot: no mutation of the slot that they could tell of has a higher version. */
  readonly horizons: ReadonlyMap<number, number>;
}

/** What a {@link PairLook} reads from. */
export interface LookParts {
  readonly redis: CacheConnection;
  readonly keys: CacheKeys;
  readonly foreign: ForeignRecords | undefined;
}

/**
 * A look at the pairs of several keys, those of a slot in the same moment, in as few round trips as their values allow:
 *
 *   all that is left ─▶ of each slot as many as its share of the bytes holds ─▶ what is left then (repeat)
 */
export class PairLook {
  readonly #pairs: (CachedPair | undefined)[];
  readonly #times: number[];
  readonly #horizons = new Map<number, number>();
  readonly #parts: LookParts;
  readonly #wanted: readonly string[];
  /** Keys of a slot that are still to be read, by their places among those asked for. */
  readonly #left: Map<number, number[]>;

  constructor(parts: LookParts, wanted: readonly string[]) {
    this.#parts = parts;
    this.#wanted = wanted;
    this.#left = placesBySlot(wanted, parts.keys.slots);
    this.#pairs = new Array<CachedPair | undefined>(wanted.length).fill(undefined);
    this.#times = new Array<number>(wanted.length).fill(0);
  }

  /** Reads them all. @throws what Redis throws */
  async read(): Promise<Look> {
    for (let [first] = this.#left.keys(); first !== undefined; [first] = this.#left.keys()) {
      await this.#readRound(first);
    }
    return { pairs: this.#pairs, times: this.#times, horizons: this.#horizons };
  }

  /** Reads what is left, as far as one round trip brings it, and takes it off. `first`: a slot of which some is left. */
  async #readRound(first: number): Promise<void> {
    const { redis, keys } = this.#parts;
    const mostBytes = Math.ceil(MOST_BYTES / this.#left.size);
    const read = () => [...this.#left].map(([slot, places]) => this.#readSlot(slot, places, mostBytes));
    await Promise.all(redis.spread ? read() : redis.at(keys.clock(first)).inOneWrite(read));
    for (const [slot, places] of this.#left) if (places.length === 0) this.#left.delete(slot);
  }

  /** Reads the first of a slot's keys that are left, and takes them off. */
  async #readSlot(slot: number, left: number[], mostBytes: number): Promise<void> {
    const { redis, keys, foreign } = this.#parts;
    const clock = keys.clock(slot);
    const names = left.map((place) => keys.pair(slot, this.#wanted[place] ?? ''));
    const [now, horizon, ...fields] = await redis
      .at(clock)
      .hsRead(names.length + 2, clock, keys.journal(slot), ...names, mostBytes);
    left.splice(0, fields.length / 3).forEach((place, at) => {
      const [value, version, expireAt] = fields.slice(3 * at, 3 * at + 3);
      this.#times[place] = now;
      if (typeof value === 'string')
        this.#pairs[place] = pairOf(this.#wanted[place] ?? '', value, version, expireAt);
      else if (typeof version === 'string') foreign?.found('pair', names[at] ?? '', version.slice(1));
    });
    this.#horizons.set(slot, Math.max(Number(horizon), this.#horizons.get(slot) ?? 0));
  }
}
