import type { Reads } from '../config/live-settings.js';
import { JournalFullError, PreconditionFailedError, UnwatchedError } from '../errors.js';
import { expiryOf } from '../expiry.js';
import type { StoreCalls } from '../metrics/store-calls.js';
import type { Mutation, MutationOrigin } from '../mutation.js';
import type { ForeignRecords } from './foreign-records.js';
import { type CacheKeys, slotOf } from './keys.js';
import { PairReader } from './pair-reader.js';
import { neverHeardOf, type Precondition, scriptCondition } from './precondition.js';
import type { ScriptedRedis } from './scripts.js';
import { VersionFloor } from './version-floor.js';

/** A delete is taken while the journal holds at most this times its bound of entries: it makes room where a set asks for it. */
const ROOM_FOR_DELETES = 1.25;

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

/** What a client wants to set. */
export interface SetInput extends WriteOptions {
  readonly key: string;
  readonly value: string;
  /** Time to live in seconds; absent or 0 for none. */
  readonly ttlSec?: number | undefined;
  /** When it expires, in milliseconds since 1970, where no time to live is given; absent for never. */
  readonly expireAt?: number | undefined;
}

/** What bounds the journal of a slot. */
export type JournalBound = Reads<'journalMaxPerSlot' | 'journalMaxBytesPerSlot'>;

/**
 * The Redis side: the pairs that clients read and write. Every mutation takes its version and leaves its journal entry
 * in the same atomic script that applies it.
 */
export class Cache extends PairReader {
  readonly #journal: JournalBound;
  readonly #floor = new VersionFloor();

  constructor(
    redis: ScriptedRedis,
    keys: CacheKeys,
    journal: JournalBound,
    foreign?: ForeignRecords,
    calls?: StoreCalls,
  ) {
    super(redis, keys, foreign, calls);
    this.#journal = journal;
    redis.on('ready', () => this.#floor.connectionChanged());
  }

  /** Sets a pair. @throws PreconditionFailedError, UnwatchedError, JournalFullError, CacheUnavailableError */
  async set(input: SetInput): Promise<Mutation> {
    const { key, value, ttlSec, sessionId, interactionId, precondition, unheardOfSince } = input;
    const slot = slotOf(key, this.slots);
    const sentMs = this.#floor.sends();
    const ttl = ttlSec || undefined;
    const reply = await this.calls.ask(
      'setting a pair',
      () =>
        this.redis.hsSet(
          ...this.#keysOf(slot, this.keys.pair(slot, key)),
          key,
          value,
          ttl === undefined ? '' : String(ttl),
          this.#journal().journalMaxPerSlot,
          this.#journal().journalMaxBytesPerSlot,
          sessionId ?? '',
          interactionId ?? '',
          conditionOf(precondition, unheardOfSince),
          String(expiryOf(input.expireAt) ?? ''),
          this.#floor.of(slot),
        ),
      'set',
    );
    const [version, expireAt] = this.#changed(reply, slot);
    return {
      key,
      slot,
      version: this.#given(slot, version, sentMs),
      op: 'set',
      value,
      expireAt: expiryOf(expireAt),
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
    const slot = slotOf(key, this.slots);
    const sentMs = this.#floor.sends();
    const reply = await this.calls.ask(
      'deleting a pair',
      () =>
        this.redis.hsDelete(
          ...this.#keysOf(slot, this.keys.pair(slot, key)),
          key,
          Math.ceil(this.#journal().journalMaxPerSlot * ROOM_FOR_DELETES),
          sessionId ?? '',
          interactionId ?? '',
          conditionOf(precondition, unheardOfSince),
          this.#floor.of(slot),
        ),
      'delete',
    );
    const [version, deleted] = this.#changed(reply, slot);
    return {
      mutation: {
        key,
        slot,
        version: this.#given(slot, version, sentMs),
        op: 'del',
        sessionId,
        interactionId,
      },
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
    const slot = slotOf(key, this.slots);
    const sentMs = this.#floor.sends();
    const reply = await this.calls.ask(
      'reading a pair to sync it',
      () =>
        this.redis.hsResync(
          ...this.#keysOf(slot, this.keys.pair(slot, key)),
          key,
          this.#journal().journalMaxPerSlot,
          this.#journal().journalMaxBytesPerSlot,
          sessionId ?? '',
          interactionId ?? '',
          scriptCondition(precondition),
          this.#floor.of(slot),
        ),
      'resync',
    );
    const [version, value, expireAt] = this.#changed(reply, slot);
    const common = { key, slot, version: this.#given(slot, version, sentMs), sessionId, interactionId };
    return { ...common, op: 'set', value, expireAt: expiryOf(expireAt) };
  }

  /** A version was given, by whichever pod: none that this one is given from now on is lower. */
  saw(slot: number, version: number): void {
    this.#floor.saw(slot, version);
  }

  /**
   * Tries whether a slot would take a write, by what a write does, with nothing changed but a key of its own.
   * @throws JournalFullError, CacheUnavailableError
   */
  async probe(slot: number): Promise<void> {
    const reply = await this.calls.ask('trying a write', () =>
      this.redis.hsProbeWrite(
        ...this.#keysOf(slot, this.keys.probe(slot)),
        this.#journal().journalMaxPerSlot,
        this.#journal().journalMaxBytesPerSlot,
      ),
    );
    if (reply === 'JOURNAL_FULL') throw new JournalFullError(slot, this.#journal().journalMaxPerSlot);
  }

  /** Answers when Redis does. @throws CacheUnavailableError */
  async ping(): Promise<void> {
    await this.calls.ask('pinging', () => this.redis.ping());
  }

  #given(slot: number, digits: string, sentMs: number): number {
    const version = Number(digits);
    this.#floor.gave(slot, version, sentMs);
    return version;
  }

  /** The keys of a slot as its scripts take them; `pair`: the Redis key of what is written. */
  #keysOf(slot: number, pair: string): [string, string, string, string, string] {
    const keys = this.keys;
    return [keys.clock(slot), keys.journal(slot), keys.changed(slot), keys.journalSize(slot), pair];
  }

  /** What a script says of a mutation. @throws when it refused it */
  #changed<Reply extends readonly string[]>(
    reply: Reply,
    slot: number,
  ): Exclude<Reply, readonly [] | readonly [string]> {
    if (reply.length === 0) throw new JournalFullError(slot, this.#journal().journalMaxPerSlot);
    if (reply[0] === 'unwatched') throw new UnwatchedError();
    if (reply.length === 1) {
      throw new PreconditionFailedError(reply[0] === '' ? undefined : Number(reply[0]));
    }
    return reply as Exclude<Reply, readonly [] | readonly [string]>;
  }
}

function conditionOf(precondition: Precondition | undefined, unheardOfSince: number | undefined): string {
  return unheardOfSince === undefined ? scriptCondition(precondition) : neverHeardOf(unheardOfSince);
}
