import { expiryOf } from '../expiry.js';
import type { StoreCalls } from '../metrics/store-calls.js';
import type { CacheConnection } from './cache-connection.js';
import type { ForeignRecords } from './foreign-records.js';
import { type CacheKeys, placesBySlot, slotOf } from './keys.js';
import { redisCalls } from './redis-calls.js';
import { type SomeValues, ValueReader } from './value-reader.js';

/** Bytes of values that are asked for at once, of all slots together; a value of any size is read alone. */
const MOST_BYTES = 8 * 1024 * 1024;

/** A pair as the cache holds it. */
export interface CachedPair {
  readonly key: string;
  readonly value: string;
  readonly version: number;
  /** Milliseconds since 1970; absent for never. */
  readonly expireAt?: number;
}

/** The beginning of a pair, for showing it. */
export interface PairHead {
  readonly key: string;
  readonly version: number;
  /** Bytes of the value as it is kept. */
  readonly bytes: number;
  /** The beginning of the value as it is kept, or all of it. */
  readonly preview: string;
  /** Whether the value goes on behind that. */
  readonly cut: boolean;
  /** Milliseconds since 1970; absent for never. */
  readonly expireAt?: number;
}

/** What {@link PairReader.look} saw. */
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

/** One page of keys. */
export interface KeyPage {
  readonly keys: string[];
  /** Where the next page starts; `0` when this was the last one. */
  readonly cursor: string;
}

/** Keys of a slot that are still to be read, by their places among those asked for. */
type Left = Map<number, number[]>;

/** A {@link Look} that is under way. */
interface Seen extends Look {
  readonly pairs: (CachedPair | undefined)[];
  readonly times: number[];
  readonly horizons: Map<number, number>;
}

/** Reads pairs. What lies at a pair's name and is none counts as no pair, and is told to {@link ForeignRecords}. */
export class PairReader {
  protected readonly redis: CacheConnection;
  protected readonly keys: CacheKeys;
  /** What it asks Redis goes through here. @throws CacheUnavailableError */
  protected readonly calls: StoreCalls;
  readonly #foreign: ForeignRecords | undefined;
  readonly #values: ValueReader;

  constructor(
    redis: CacheConnection,
    keys: CacheKeys,
    foreign?: ForeignRecords,
    calls = redisCalls('cache'),
  ) {
    this.calls = calls;
    this.redis = redis;
    this.keys = keys;
    this.#foreign = foreign;
    this.#values = new ValueReader(redis, keys, foreign);
  }

  /** Whether the slots are spread over several servers. */
  get spread(): boolean {
    return this.redis.spread;
  }

  /** How many slots the keys are spread over. */
  get slots(): number {
    return this.keys.slots;
  }

  /** The pair of a key, or undefined. @throws CacheUnavailableError */
  async get(key: string): Promise<CachedPair | undefined> {
    return this.calls.ask('reading a pair', async () => (await this.getMany([key]))[0], 'get');
  }

  /** The pairs of several keys, in their order. @throws CacheUnavailableError */
  async getMany(keys: readonly string[]): Promise<readonly (CachedPair | undefined)[]> {
    return this.calls.ask('reading pairs', async () => (await this.look(keys)).pairs, 'getMany');
  }

  /**
   * The values of as many of these keys as hold 2 MiB together, or little more, in one round trip; where slots are spread over
   * servers, of keys of one server. @throws CacheUnavailableError
   */
  async someValues(keys: readonly string[]): Promise<SomeValues> {
    return this.calls.ask('reading values', () => this.#values.some(keys), 'getMany');
  }

  /** How many bytes the values of these keys hold together, in one round trip. @throws CacheUnavailableError */
  async bytesOf(keys: readonly string[]): Promise<number> {
    const sizes = await this.calls.ask('measuring values', () =>
      Promise.all(
        keys.map(async (key) => {
          const name = this.keys.pair(slotOf(key, this.slots), key);
          return this.redis
            .at(name)
            .hstrlen(name, 'value')
            .catch((error: unknown) => noPair(error));
        }),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Those of these keys that have no pair, in one round trip. @throws CacheUnavailableError */
  async without(keys: readonly string[]): Promise<string[]> {
    const found = await this.calls.ask('looking for pairs', () =>
      Promise.all(
        keys.map(async (key) => {
          const name = this.keys.pair(slotOf(key, this.slots), key);
          return this.redis
            .at(name)
            .hexists(name, 'version')
            .catch((error: unknown) => noPair(error));
        }),
      ),
    );
    return keys.filter((_, index) => found[index] === 0);
  }

  /**
   * The pairs of several keys: in one round trip, those of one slot in the same moment, unless their values are so large
   * together that they are asked for in parts. @throws CacheUnavailableError
   */
  async look(keys: readonly string[]): Promise<Look> {
    const left = placesBySlot(keys, this.slots);
    const seen = nothingSeen(keys.length);
    return this.calls.ask('reading pairs', async () => {
      while (left.size > 0) await this.#readRound(left, keys, seen);
      return seen;
    });
  }

  /**
   * The beginnings of the pairs of several keys, in their order, with `previewBytes` of each value at most: however large
   * values are, no more of them travels. @throws CacheUnavailableError
   */
  async heads(keys: readonly string[], previewBytes: number): Promise<(PairHead | undefined)[]> {
    const slots = placesBySlot(keys, this.slots);
    const heads = new Array<PairHead | undefined>(keys.length).fill(undefined);
    const readSlot = async (slot: number, places: readonly number[]) => {
      const names = places.map((place) => this.keys.pair(slot, keys[place] ?? ''));
      const fields = await this.redis.at(names[0] ?? '').hsHeads(names.length, ...names, previewBytes);
      places.forEach((place, at) => {
        const [version, bytes, preview, expireAt] = fields.slice(4 * at, 4 * at + 4);
        if (typeof version === 'string')
          heads[place] = headOf(
            keys[place] ?? '',
            Number(version),
            Number(bytes),
            String(preview),
            Number(expireAt),
          );
      });
    };
    await this.calls.ask('reading the beginnings of pairs', () =>
      Promise.all([...slots].map(([slot, places]) => readSlot(slot, places))),
    );
    return heads;
  }

  /**
   * One page of the keys that start with a prefix, in no order; as with every Redis SCAN a page may be empty, may
   * exceed `limit` a little, and a key may come twice. `cursor` is `0` for the first page.
   * @throws CacheUnavailableError
   */
  async scan(prefix: string, cursor: string, limit: number): Promise<KeyPage> {
    const [next, names] = await this.calls.ask(
      'scanning keys',
      () => this.redis.scanPage(cursor, { match: this.keys.pairPattern(prefix), count: limit, type: 'hash' }),
      'scan',
    );
    // A key that itself looks like a pair's name can match the pattern further in than its start.
    return {
      keys: names.map((name) => this.keys.keyOfPair(name)).filter((key) => key.startsWith(prefix)),
      cursor: next,
    };
  }

  /** A cursor for {@link scan} at some place of the keys: those before it are not named. @throws CacheUnavailableError */
  async randomCursor(): Promise<string> {
    return this.calls.ask('scanning keys', () => this.redis.randomCursor(), 'scan');
  }

  /** Reads what is left, as far as one round trip brings it, and takes it off. */
  async #readRound(left: Left, keys: readonly string[], seen: Seen): Promise<void> {
    const [first] = left.keys();
    if (first === undefined) return;
    const bytes = Math.ceil(MOST_BYTES / left.size);
    const read = () => [...left].map(([slot, indexes]) => this.#readSlot(slot, indexes, keys, bytes, seen));
    await Promise.all(this.spread ? read() : this.redis.at(this.keys.clock(first)).inOneWrite(read));
    for (const [slot, indexes] of left) if (indexes.length === 0) left.delete(slot);
  }

  /** Reads the first of a slot's keys that are left, and takes them off. */
  async #readSlot(
    slot: number,
    left: number[],
    keys: readonly string[],
    mostBytes: number,
    { pairs, times, horizons }: Seen,
  ): Promise<void> {
    const clock = this.keys.clock(slot);
    const names = left.map((index) => this.keys.pair(slot, keys[index] ?? ''));
    const [now, horizon, ...fields] = await this.redis
      .at(clock)
      .hsRead(names.length + 2, clock, this.keys.journal(slot), ...names, mostBytes);
    left.splice(0, fields.length / 3).forEach((index, at) => {
      const [value, version, expireAt] = fields.slice(3 * at, 3 * at + 3);
      const key = keys[index] ?? '';
      times[index] = now;
      if (typeof value === 'string') pairs[index] = pairOf(key, value, Number(version), Number(expireAt));
      else if (typeof version === 'string')
        this.#foreign?.found('pair', this.keys.pair(slot, key), version.slice(1));
    });
    horizons.set(slot, Math.max(Number(horizon), horizons.get(slot) ?? 0));
  }
}

function nothingSeen(count: number): Seen {
  return {
    pairs: new Array<CachedPair | undefined>(count).fill(undefined),
    times: new Array<number>(count).fill(0),
    horizons: new Map(),
  };
}

function pairOf(key: string, value: string, version: number, expireMs: number): CachedPair {
  const expireAt = expiryOf(expireMs);
  return { key, value, version, ...(expireAt === undefined ? {} : { expireAt }) };
}

function headOf(key: string, version: number, bytes: number, start: string, expireMs: number): PairHead {
  const expireAt = expiryOf(expireMs);
  const cut = Buffer.byteLength(start) < bytes;
  // The cut may go through a character.
  const preview = cut ? start.replace(/\uFFFD+$/, '') : start;
  return { key, version, bytes, preview, cut, ...(expireAt === undefined ? {} : { expireAt }) };
}

/** The size of what is no pair. @throws every other error */
function noPair(error: unknown): 0 {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return 0;
  throw error;
}
