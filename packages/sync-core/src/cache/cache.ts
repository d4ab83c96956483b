import type { Reads } from '../config/live-settings.js';
import { InvalidInputError, JournalFullError, PreconditionFailedError, UnwatchedError } from '../errors.js';
import { expiryOf } from '../expiry.js';
import type { StoreCalls } from '../metrics/store-calls.js';
import type { Mutation, MutationOrigin } from '../mutation.js';
import { refusalOf } from '../redis-refusal.js';
import { type Committed, Committer } from './committer.js';
import type { ForeignRecords } from './foreign-records.js';
import { type CacheKeys, slotOf } from './keys.js';
import { PairReader } from './pair-reader.js';
import { neverHeardOf, type Precondition, scriptCondition } from './precondition.js';
import type { CommitReply, ScriptedRedis, SlotKeys } from './scripts.js';
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

/** Another expiry of a pair: what is not given is as {@link SetInput} has it. */
export type ExpireInput = ResyncOptions & Pick<SetInput, 'key' | 'ttlSec' | 'expireAt'>;

/** What a client wants to add to a number. */
export interface IncrementInput extends ResyncOptions {
  readonly key: string;
  /** A safe integer. */
  readonly by: number;
}

/** What bounds the journal of a slot, and how long a mutation may take. */
export type CacheSettings = Reads<'journalMaxPerSlot' | 'journalMaxBytesPerSlot' | 'redisTimeoutMs'>;

/** A mutation as lua/commit.lua takes it; an empty text stands for absent. */
interface Change extends Committed {
  readonly op: 'set' | 'del' | 'resync' | 'expire' | 'increment';
  readonly key: string;
  readonly value: string;
  readonly ttlSec: string;
  readonly expireAt: string;
  readonly sessionId: string;
  readonly interactionId: string;
  readonly condition: string;
}

/** What differs between the kinds of mutation. */
type OwnFields = Pick<Change, 'op' | 'key'> & Partial<Pick<Change, 'value' | 'ttlSec' | 'expireAt'>>;
/** What is told of a mutation that was made. */
type Done = Exclude<CommitReply, [] | [string]>;

/**
 * The Redis side: the pairs that clients read and write. Every mutation takes its version and leaves its journal entry
 * in the same atomic script that applies it, together with others of its slot that came meanwhile.
 */
export class Cache extends PairReader {
  readonly #settings: CacheSettings;
  readonly #floor = new VersionFloor();
  readonly #committer: Committer<Change, CommitReply>;

  constructor(
    redis: ScriptedRedis,
    keys: CacheKeys,
    settings: CacheSettings,
    foreign?: ForeignRecords,
    calls?: StoreCalls,
  ) {
    super(redis, keys, foreign, calls);
    this.#settings = settings;
    this.#committer = new Committer(
      (groups) => redis.inOneWrite(() => groups.map((group) => this.#call(group))),
      () => settings().redisTimeoutMs,
    );
    redis.on('ready', () => this.#floor.connectionChanged());
  }

  /** Sets a pair. @throws PreconditionFailedError, UnwatchedError, JournalFullError, CacheUnavailableError */
  async set(input: SetInput): Promise<Mutation> {
    const { key, value } = input;
    const ttlSec = input.ttlSec || undefined;
    const change = { op: 'set' as const, key, value, ...expiryFields(input) };
    const [mutated, [, expireAt]] = await this.#commit('setting a pair', 'set', change, input);
    return { ...mutated, op: 'set', value, expireAt: expiryOf(expireAt), ttlSec };
  }

  /**
   * Deletes a pair; `existed` says whether there was one.
   * @throws PreconditionFailedError, UnwatchedError, JournalFullError, CacheUnavailableError
   */
  async delete(key: string, options: WriteOptions = {}): Promise<{ mutation: Mutation; existed: boolean }> {
    const change = { op: 'del' as const, key };
    const [mutated, [, deleted]] = await this.#commit('deleting a pair', 'delete', change, options);
    return { mutation: { ...mutated, op: 'del' }, existed: deleted === '1' };
  }

  /**
   * Makes a new mutation of the pair that the cache holds of a key now: the same value and expiry under a new version.
   * Where it holds none nothing changes: that it is absent does not say that someone deleted it.
   * @throws PreconditionFailedError (also for no pair), JournalFullError, CacheUnavailableError
   */
  async resync(key: string, options: ResyncOptions = {}): Promise<Mutation> {
    const change = { op: 'resync' as const, key };
    const [mutated, [, expireAt, value]] = await this.#commit(
      'reading a pair to sync it',
      'resync',
      change,
      options,
    );
    return { ...mutated, op: 'set', value, expireAt: expiryOf(expireAt) };
  }

  /**
   * Gives a pair another expiry, or none, and keeps its value; where there is no pair nothing changes.
   * @throws PreconditionFailedError (also for no pair), JournalFullError, CacheUnavailableError
   */
  async expire(input: ExpireInput): Promise<Mutation> {
    const ttlSec = input.ttlSec || undefined;
    const change = { op: 'expire' as const, key: input.key, ...expiryFields(input) };
    const [mutated, [, expireAt, value]] = await this.#commit('changing an expiry', 'expire', change, input);
    return { ...mutated, op: 'set', value, expireAt: expiryOf(expireAt), ttlSec };
  }

  /**
   * Adds to the integer that a pair's value is, 0 for no pair; the expiry stays. The mutation's value is the sum.
   * @throws InvalidInputError where the value or the sum is no safe integer; PreconditionFailedError, JournalFullError,
   *   CacheUnavailableError
   */
  async increment(input: IncrementInput): Promise<Mutation> {
    const change = { op: 'increment' as const, key: input.key, value: String(input.by) };
    const [mutated, [, expireAt, value]] = await this.#commit('adding to a pair', 'increment', change, input);
    return { ...mutated, op: 'set', value, expireAt: expiryOf(expireAt) };
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
    const { journalMaxPerSlot, journalMaxBytesPerSlot } = this.#settings();
    const keys = [...this.#keysOf(slot), this.keys.probe(slot)] as const;
    const reply = await this.calls.ask('trying a write', () =>
      this.redis.hsProbeWrite(...keys, journalMaxPerSlot, journalMaxBytesPerSlot),
    );
    if (reply === 'JOURNAL_FULL') throw new JournalFullError(slot, journalMaxPerSlot);
  }

  /** Answers when Redis does. @throws CacheUnavailableError */
  async ping(): Promise<void> {
    await this.calls.ask('pinging', () => this.redis.ping());
  }

  /** Has a mutation made; `doing`, `measured`: as {@link StoreCalls.ask} takes them. @throws when it is refused */
  async #commit(
    doing: string,
    measured: string,
    change: OwnFields,
    { sessionId, interactionId, precondition, unheardOfSince }: WriteOptions,
  ): Promise<[Omit<Mutation, 'op'>, Done]> {
    const { op, key, value = '' } = change;
    const slot = slotOf(key, this.slots);
    const whole: Change = {
      value,
      ttlSec: '',
      expireAt: '',
      ...change,
      slot,
      sessionId: sessionId ?? '',
      interactionId: interactionId ?? '',
      condition: unheardOfSince === undefined ? scriptCondition(precondition) : neverHeardOf(unheardOfSince),
      // How large the value is that stays, only Redis knows.
      bytes: op === 'resync' || op === 'expire' ? Number.POSITIVE_INFINITY : Buffer.byteLength(value),
    };
    const reply = await this.calls.ask(doing, () => this.#committer.commit(whole), measured);
    if (reply.length === 0) throw new JournalFullError(slot, this.#settings().journalMaxPerSlot);
    if (reply[0] === 'unwatched') throw new UnwatchedError();
    if (reply[0] === 'no integer') throw new InvalidInputError('key', 'its value is no safe integer');
    if (reply[0] === 'beyond') throw new InvalidInputError('by', 'leads beyond the safe integers');
    if (reply.length === 1) {
      throw new PreconditionFailedError(reply[0] === '' ? undefined : Number(reply[0]));
    }
    return [{ key, slot, version: Number(reply[0]), sessionId, interactionId }, reply];
  }

  /** The keys of a slot that a mutating script needs, as lua/slot.lua takes them. */
  #keysOf(slot: number): SlotKeys {
    const keys = this.keys;
    return [keys.clock(slot), keys.journal(slot), keys.changed(slot), keys.journalSize(slot)];
  }

  /**
   * One call, of mutations of one slot. Where Redis is out of memory, nothing was written, and its deletes make room: they
   * are made all the same.
   */
  async #call(group: readonly Change[]): Promise<(CommitReply | Error)[]> {
    try {
      return await this.#commitBy('hsCommit', group);
    } catch (error) {
      const deletes = group.filter(({ op }) => op === 'del');
      if (refusalOf(error)?.code !== 'OOM' || deletes.length === 0) throw error;
      const replies = await this.#commitBy('hsCommitMakingRoom', deletes);
      return group.map((change) => replies[deletes.indexOf(change)] ?? (error as Error));
    }
  }

  async #commitBy(
    script: 'hsCommit' | 'hsCommitMakingRoom',
    group: readonly Change[],
  ): Promise<(CommitReply | Error)[]> {
    const slot = group[0]?.slot ?? 0;
    const keys = [...this.#keysOf(slot), ...group.map(({ key }) => this.keys.pair(slot, key))];
    const { journalMaxPerSlot, journalMaxBytesPerSlot } = this.#settings();
    const sentMs = this.#floor.sends();
    const replies = await this.redis[script](
      keys.length,
      ...keys,
      this.#floor.of(slot),
      journalMaxPerSlot,
      Math.ceil(journalMaxPerSlot * ROOM_FOR_DELETES),
      journalMaxBytesPerSlot,
      ...group.flatMap((change) => [
        change.op,
        change.key,
        change.value,
        change.ttlSec,
        change.expireAt,
        change.sessionId,
        change.interactionId,
        change.condition,
      ]),
    );
    for (const reply of replies) {
      if (!(reply instanceof Error) && reply.length > 1) this.#floor.gave(slot, Number(reply[0]), sentMs);
    }
    return replies;
  }
}

/** An expiry as lua/commit.lua takes it. */
function expiryFields({ ttlSec, expireAt }: Pick<SetInput, 'ttlSec' | 'expireAt'>) {
  return { ttlSec: ttlSec ? String(ttlSec) : '', expireAt: String(expiryOf(expireAt) ?? '') };
}
