import {
  CacheUnavailableError,
  JournalFullError,
  PermanentError,
  PreconditionFailedError,
  UnwatchedError,
} from '../errors.js';
import type { Mutation, MutationOrigin } from '../mutation.js';
import { type CacheKeys, slotOf } from './keys.js';
import { neverHeardOf, type Precondition, scriptCondition } from './precondition.js';
import type { ScriptedRedis } from './scripts.js';

/** A pair as the cache holds it. */
export interface CachedPair {
  readonly key: string;
  readonly value: string;
  readonly version: number;
  /** Milliseconds since 1970; absent for never. */
  readonly expireAt?: number;
}

/** Who writes, and what a write asks of the pair that is there. */
export interface WriteOptions extends MutationOrigin {
  /** The write is refused, with nothing changed, where this does not hold; absent for no condition. */
  readonly precondition?: Precondition | undefined;
  /**
   * Takes the place of a precondition: the cache never heard of the key, that is, it has no pair, and no mutation was
   * noted since this {@link Watch.since}. Where mutations before it that the shadows don't have matter, they were awaited.
   */
  readonly unheardOfSince?: number | undefined;
}

/** {@link WriteOptions} of a resync, which needs a pair. */
export type ResyncOptions = Omit<WriteOptions, 'unheardOfSince'>;

/** What {@link Cache.look} saw. */
export interface Look {
  /** In the order asked for. */
  readonly pairs: readonly (CachedPair | undefined)[];
  /** By when each of them had been read, on Redis' clock, in milliseconds since 1970. */
  readonly now: number;
  /** No mutation that they could tell of has a higher version. */
  readonly horizon: number;
}

/** What a client wants to set. */
export interface SetInput extends WriteOptions {
  readonly key: string;
  readonly value: string;
  /** Time to live in seconds; absent or 0 for none. */
  readonly ttlSec?: number | undefined;
  /** When it expires, in milliseconds since 1970, where no time to live is given; absent for never. */
  readonly expireAt?: number | undefined;
}

/** What bounds the journal. */
export interface JournalBound {
  /** Entries one slot's journal may hold before writes to the slot are refused. */
  readonly maxPerSlot: number;
}

/** One page of keys. */
export interface KeyPage {
  readonly keys: string[];
  /** Where the next page starts; `0` when this was the last one. */
  readonly cursor: string;
}

/**
 * The Redis side: the pairs that clients read and write. Every mutation takes its version and leaves its journal entry
 * in the same atomic script that applies it.
 */
export class Cache {
  readonly #redis: ScriptedRedis;
  readonly #keys: CacheKeys;
  readonly #journal: JournalBound;

  /** `journal` is read at each write, so its bound may change. */
  constructor(redis: ScriptedRedis, keys: CacheKeys, journal: JournalBound) {
    this.#redis = redis;
    this.#keys = keys;
    this.#journal = journal;
  }

  /** How many slots the keys are spread over. */
  get slots(): number {
    return this.#keys.slots;
  }

  /** Sets a pair. @throws PreconditionFailedError, UnwatchedError, JournalFullError, CacheUnavailableError */
  async set(input: SetInput): Promise<Mutation> {
    const { key, value, ttlSec, sessionId, interactionId, precondition, unheardOfSince } = input;
    const slot = slotOf(key, this.#keys.slots);
    const ttl = ttlSec || undefined;
    const reply = await this.#answer('setting a pair', () =>
      this.#redis.hsSet(
        ...this.#keysOf(slot, key),
        key,
        value,
        ttl === undefined ? '' : String(ttl),
        this.#journal.maxPerSlot,
        sessionId ?? '',
        interactionId ?? '',
        conditionOf(precondition, unheardOfSince),
        String(input.expireAt ?? ''),
      ),
    );
    const [version, expireAt] = this.#changed(reply, slot);
    return {
      key,
      slot,
      version: Number(version),
      op: 'set',
      value,
      expireAt: optional(expireAt),
      ttlSec: ttl,
      sessionId,
      interactionId,
    };
  }

  /**
   * Deletes a pair; `existed` says whether there was one.
   * @throws PreconditionFailedError, UnwatchedError, JournalFullError, CacheUnavailableError
   */
  async delete(
    key: string,
    { sessionId, interactionId, precondition, unheardOfSince }: WriteOptions = {},
  ): Promise<{ mutation: Mutation; existed: boolean }> {
    const slot = slotOf(key, this.#keys.slots);
    const reply = await this.#answer('deleting a pair', () =>
      this.#redis.hsDelete(
        ...this.#keysOf(slot, key),
        key,
        this.#journal.maxPerSlot,
        sessionId ?? '',
        interactionId ?? '',
        conditionOf(precondition, unheardOfSince),
      ),
    );
    const [version, deleted] = this.#changed(reply, slot);
    return {
      mutation: { key, slot, version: Number(version), op: 'del', sessionId, interactionId },
      existed: deleted === '1',
    };
  }

  /**
   * Makes a new mutation of the pair that the cache holds of a key now: the same value and expiry under a new version.
   * Where it holds none nothing changes: that it is absent does not say that someone deleted it.
   * @throws PreconditionFailedError (also for no pair), JournalFullError, CacheUnavailableError
   */
  async resync(
    key: string,
    { sessionId, interactionId, precondition }: ResyncOptions = {},
  ): Promise<Mutation> {
    const slot = slotOf(key, this.#keys.slots);
    const reply = await this.#answer('reading a pair to sync it', () =>
      this.#redis.hsResync(
        ...this.#keysOf(slot, key),
        key,
        this.#journal.maxPerSlot,
        sessionId ?? '',
        interactionId ?? '',
        scriptCondition(precondition),
      ),
    );
    const [version, value, expireAt] = this.#changed(reply, slot);
    const common = { key, slot, version: Number(version), sessionId, interactionId };
    return { ...common, op: 'set', value, expireAt: optional(expireAt) };
  }

  /** The pair of a key, or undefined. @throws CacheUnavailableError */
  async get(key: string): Promise<CachedPair | undefined> {
    return (await this.getMany([key]))[0];
  }

  /** How many bytes the values of these keys hold together, in one round trip. @throws CacheUnavailableError */
  async bytesOf(keys: readonly string[]): Promise<number> {
    const sizes = await this.#answer('measuring values', () =>
      Promise.all(
        keys.map((key) => this.#redis.hstrlen(this.#keys.pair(slotOf(key, this.#keys.slots), key), 'value')),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** The pairs of several keys, in their order, in one round trip. @throws CacheUnavailableError */
  async getMany(keys: readonly string[]): Promise<readonly (CachedPair | undefined)[]> {
    return (await this.look(keys)).pairs;
  }

  /** The pairs of several keys, in one round trip, those of one slot in the same moment. @throws CacheUnavailableError */
  async look(keys: readonly string[]): Promise<Look> {
    const bySlot = new Map<number, number[]>();
    keys.forEach((key, index) => {
      const slot = slotOf(key, this.#keys.slots);
      const indexes = bySlot.get(slot);
      if (indexes === undefined) bySlot.set(slot, [index]);
      else indexes.push(index);
    });
    const pairs = new Array<CachedPair | undefined>(keys.length).fill(undefined);
    const readSlot = async ([slot, indexes]: [number, number[]]) => {
      const names = indexes.map((index) => this.#keys.pair(slot, keys[index] ?? ''));
      const [now, horizon, ...fields] = await this.#redis.hsRead(
        names.length + 1,
        this.#keys.clock(slot),
        ...names,
      );
      indexes.forEach((index, at) => {
        pairs[index] = pairOf(keys[index] ?? '', fields.slice(3 * at, 3 * at + 3));
      });
      return { now, horizon: Number(horizon) };
    };
    return this.#answer('reading pairs', async () => {
      const slots = await Promise.all([...bySlot].map(readSlot));
      return {
        pairs,
        now: Math.max(0, ...slots.map(({ now }) => now)),
        horizon: Math.max(0, ...slots.map(({ horizon }) => horizon)),
      };
    });
  }

  /**
   * One page of the keys that start with a prefix, in no order; as with every Redis SCAN a page may be empty, may
   * exceed `limit` a little, and a key may come twice. `cursor` is `0` for the first page.
   * @throws CacheUnavailableError
   */
  async scan(prefix: string, cursor: string, limit: number): Promise<KeyPage> {
    const [next, names] = await this.#answer('scanning keys', () =>
      this.#redis.scan(cursor, 'MATCH', this.#keys.pairPattern(prefix), 'COUNT', limit),
    );
    // A key that itself looks like a pair's name can match the pattern further in than its start.
    return {
      keys: names.map((name) => this.#keys.keyOfPair(name)).filter((key) => key.startsWith(prefix)),
      cursor: next,
    };
  }

  /**
   * Tries whether a slot would take a write, by what a write does, with nothing changed but a key of its own.
   * @throws JournalFullError, CacheUnavailableError
   */
  async probe(slot: number): Promise<void> {
    const reply = await this.#answer('trying a write', () =>
      this.#redis.hsProbeWrite(
        this.#keys.probe(slot),
        this.#keys.clock(slot),
        this.#keys.journal(slot),
        this.#journal.maxPerSlot,
      ),
    );
    if (reply === 'JOURNAL_FULL') throw new JournalFullError(slot, this.#journal.maxPerSlot);
  }

  /** Answers when Redis does. @throws CacheUnavailableError */
  async ping(): Promise<void> {
    await this.#answer('pinging', () => this.#redis.ping());
  }

  #keysOf(slot: number, key: string): [string, string, string, string] {
    const keys = this.#keys;
    return [keys.pair(slot, key), keys.clock(slot), keys.journal(slot), keys.changed(slot)];
  }

  /** A script's reply, unless it says that nothing changed. */
  #changed<Reply extends string[]>(reply: Reply, slot: number): Exclude<Reply, [] | [string]> {
    if (reply.length === 0) throw new JournalFullError(slot, this.#journal.maxPerSlot);
    if (reply[0] === 'unwatched') throw new UnwatchedError();
    if (reply.length === 1) throw new PreconditionFailedError(optional(reply[0] ?? ''));
    return reply as Exclude<Reply, [] | [string]>;
  }

  async #answer<T>(doing: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof PermanentError) throw error;
      throw new CacheUnavailableError(doing, error);
    }
  }
}

function pairOf(key: string, fields: (string | number | null)[]): CachedPair | undefined {
  const [value, version, expireAt] = fields;
  if (typeof value !== 'string') return undefined;
  return {
    key,
    value,
    version: Number(version ?? 0),
    ...(Number(expireAt) > 0 ? { expireAt: Number(expireAt) } : {}),
  };
}

function conditionOf(precondition: Precondition | undefined, unheardOfSince: number | undefined): string {
  return unheardOfSince === undefined ? scriptCondition(precondition) : neverHeardOf(unheardOfSince);
}

function optional(digits: string): number | undefined {
  return digits === '' ? undefined : Number(digits);
}
