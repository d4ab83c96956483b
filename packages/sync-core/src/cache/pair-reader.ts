import type { StoreCalls } from '../metrics/store-calls.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';
import { type CachedPair, headOf, type PairHead } from './cached-pair.js';
import type { ForeignRecords } from './foreign-records.js';
import { type CacheKeys, placesBySlot, slotOf } from './keys.js';
import { type Look, PairLook } from './pair-look.js';
import { type SomeValues, ValueReader } from './value-reader.js';

/** One page of keys. */
export interface KeyPage {
  readonly keys: string[];
  /** Where the next page starts; `0` when this was the last one. */
  readonly cursor: string;
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
    const look = new PairLook({ redis: this.redis, keys: this.keys, foreign: this.#foreign }, keys);
    return this.calls.ask('reading pairs', () => look.read());
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
        const ofPair = fields.slice(4 * at, 4 * at + 4);
        if (typeof ofPair[0] === 'string') heads[place] = headOf(keys[place] ?? '', ofPair);
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
}

/** The size of what is no pair. @throws every other error */
function noPair(error: unknown): 0 {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return 0;
  throw error;
}
