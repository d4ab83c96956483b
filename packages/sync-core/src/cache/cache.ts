import { InvalidInputError, JournalFullError, PreconditionFailedError } from '../errors.js';
import type { StoreCalls } from '../metrics/store-calls.js';
import type { Mutation } from '../mutation.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { addFraction, addWhole } from './additions.js';
import { appendBytes } from './append-bytes.js';
import { type CacheSettings, Commits, type Committing, type Mutated } from './commits.js';
import type { ForeignRecords } from './foreign-records.js';
import { type CacheKeys, slotOf } from './keys.js';
import { PairReader } from './pair-reader.js';
import { asSet, expiryFields, madeSet, setChange, ttlSecOf } from './set-mutation.js';
import type {
  AppendInput,
  ExpireIfInput,
  ExpireInput,
  IncrementFloatInput,
  IncrementInput,
  KeyInput,
  PlainInput,
  ResyncOptions,
  SetAllInput,
  SetIfInput,
  SetInput,
  WriteOptions,
} from './write-inputs.js';

/** What came of one of several plain changes. */
export interface Written {
  readonly mutation: Mutation;
  /** Of a delete: whether there was a pair. */
  readonly existed: boolean | undefined;
}

/** What came of a write that may change nothing. */
export interface MaybeMutated {
  /** Undefined where nothing changed. */
  readonly mutation: Mutation | undefined;
  /** The value that was there, as it is kept; undefined for none, and where it was not asked for. */
  readonly old: string | undefined;
}

/**
 * The Redis side: the pairs that clients read and write. Every mutation takes its version and leaves its journal entry
 * in the same atomic script that applies it, together with others of its slot that came meanwhile. Whatever is decided by
 * the pair that is there is decided in that script.
 */
export class Cache extends PairReader {
  readonly #settings: CacheSettings;
  readonly #commits: Commits;

  constructor(
    redis: CacheConnection,
    keys: CacheKeys,
    settings: CacheSettings,
    foreign?: ForeignRecords,
    calls?: StoreCalls,
  ) {
    super(redis, keys, foreign, calls);
    this.#settings = settings;
    this.#commits = new Commits({ redis, keys, settings, calls: this.calls });
  }

  /** Sets a pair. @throws PreconditionFailedError, UnwatchedError, JournalFullError, CacheUnavailableError */
  async set(input: SetInput): Promise<Mutation> {
    const { mutation } = await this.setIf(input);
    if (mutation === undefined) throw new TypeError('a set without a rule changed nothing');
    return mutation;
  }

  /**
   * Sets a pair where there is one, or none, as asked; tells the value that was there.
   * @throws PreconditionFailedError, UnwatchedError, JournalFullError, CacheUnavailableError
   */
  async setIf(input: SetIfInput): Promise<MaybeMutated> {
    const committing = await this.#commits.make('setting a pair', 'set', setChange(input), input);
    const { made, reply } = committing;
    if (made === undefined) return { mutation: undefined, old: reply[1] ?? undefined };
    return { mutation: madeSet(committing, input), old: reply[2] ?? undefined };
  }

  /**
   * Makes plain changes of several pairs, those of a key in their order; one that is refused, or fails, does so alone.
   * @returns for each what it came to, or its error: what {@link set} and {@link delete} throw; never rejects
   */
  async writeMany(inputs: readonly PlainInput[]): Promise<readonly (Written | Error)[]> {
    const sent = inputs.map((input) =>
      this.#commits.sent(input.op === 'set' ? setChange(input) : { op: 'del', key: input.key }, input),
    );
    const all = await this.#commits.makeMany('writing pairs', 'write_many', sent);
    return all.map((committing, place) => {
      const input = inputs[place];
      if (committing instanceof Error || input === undefined) return committing as Error;
      if (committing.made === undefined) return new TypeError('a mutation without a rule changed nothing');
      if (input.op === 'set') return { mutation: madeSet(committing, input), existed: undefined };
      return { mutation: { ...committing.made, op: 'del' }, existed: committing.reply[1] === '1' };
    });
  }

  /**
   * Sets pairs of one slot, all of them or, where there is one of them already, none.
   * @returns their mutations, in their order; none where nothing changed
   * @throws InvalidInputError for keys of several slots; JournalFullError, CacheUnavailableError
   */
  async setAllIfAbsent({ pairs, ...origin }: SetAllInput): Promise<{ mutations: readonly Mutation[] }> {
    const keys = pairs.map(({ key }) => key);
    const [key = ''] = keys;
    if (new Set(keys.map((each) => slotOf(each, this.slots))).size > 1) {
      throw new InvalidInputError('keys', 'must be of one slot: only those change all together');
    }
    const options = { pairs: pairs.map((pair) => [pair.key, pair.value]) };
    const change = { op: 'setAll' as const, key, keys, options };
    const { made, reply } = await this.#commits.make('setting pairs', 'set', change, origin);
    if (made === undefined) return { mutations: [] };
    const versions = (reply[1] ?? '').split(',').slice(1).map(Number);
    return {
      mutations: pairs.map((pair, at) => ({ ...made, ...pair, op: 'set', version: versions[at] ?? 0 })),
    };
  }

  /**
   * Deletes a pair; `existed` says whether there was one.
   * @throws PreconditionFailedError, UnwatchedError, JournalFullError, CacheUnavailableError
   */
  async delete(key: string, options: WriteOptions = {}): Promise<{ mutation: Mutation; existed: boolean }> {
    const change = { op: 'del' as const, key };
    const { made, reply } = certain(await this.#commits.make('deleting a pair', 'delete', change, options));
    return { mutation: { ...made, op: 'del' }, existed: reply[1] === '1' };
  }

  /**
   * Deletes a pair and tells its value; where there is none nothing changes.
   * @throws PreconditionFailedError, JournalFullError, CacheUnavailableError
   */
  async getAndDelete(input: KeyInput): Promise<MaybeMutated> {
    const change = { op: 'take' as const, key: input.key };
    const { made, reply } = await this.#commits.make('deleting a pair', 'delete', change, input);
    return { mutation: made && { ...made, op: 'del' }, old: reply[1] ?? undefined };
  }

  /**
   * Makes a new mutation of the pair that the cache holds of a key now: the same value and expiry under a new version.
   * Where it holds none nothing changes: that it is absent does not say that someone deleted it.
   * @throws PreconditionFailedError (also for no pair), JournalFullError, CacheUnavailableError
   */
  async resync(key: string, options: ResyncOptions = {}): Promise<Mutation> {
    const change = { op: 'resync' as const, key };
    const { made, reply } = certain(
      await this.#commits.make('reading a pair to sync it', 'resync', change, options),
    );
    return asSet(made, reply);
  }

  /**
   * Gives a pair another expiry, or none, and keeps its value; where there is no pair nothing changes. A moment that has
   * come already deletes it.
   * @throws PreconditionFailedError (also for no pair), JournalFullError, CacheUnavailableError
   */
  async expire(input: ExpireInput): Promise<Mutation> {
    const { mutation } = await this.#expire(input, undefined);
    if (mutation === undefined) throw new TypeError('an expiry without a rule changed nothing');
    return mutation;
  }

  /**
   * The same where the rules hold, and there is a pair; tells its value.
   * @throws PreconditionFailedError for one that was asked for, JournalFullError, CacheUnavailableError
   */
  async expireIf(input: ExpireIfInput): Promise<MaybeMutated> {
    return this.#expire(input, input.onlyIf).catch((error: unknown) => {
      const absent = error instanceof PreconditionFailedError && error.version === undefined;
      if (!absent || input.precondition !== undefined) throw error;
      return { mutation: undefined, old: undefined };
    });
  }

  /**
   * Appends bytes to the value of a pair, which is empty for no pair; the expiry stays, and so does the type. The mutation's
   * value is the whole as it is kept: behind a mark where it is no UTF-8.
   * @throws ValueTooLongError, PreconditionFailedError, JournalFullError, CacheUnavailableError
   */
  async append(input: AppendInput): Promise<Mutation> {
    return appendBytes(this, this.#commits, input, this.#settings().maxValueBytes);
  }

  /**
   * Adds to the whole number that a pair's value is, 0 for no pair; the expiry stays.
   * @throws NumberRefusedError, PreconditionFailedError, JournalFullError, CacheUnavailableError
   */
  async increment(input: IncrementInput): Promise<{ mutation: Mutation; sum: bigint }> {
    return addWhole(this.#commits, input);
  }

  /**
   * The same of a number with a fraction, as Redis' INCRBYFLOAT does it; `sum`: in its digits.
   * @throws NumberRefusedError, PreconditionFailedError, JournalFullError, CacheUnavailableError
   */
  async incrementFloat(input: IncrementFloatInput): Promise<{ mutation: Mutation; sum: string }> {
    return addFraction(this.#commits, input);
  }

  /** A version was given, by whichever pod: none that this one is given from now on is lower. */
  saw(slot: number, version: number): void {
    this.#commits.saw(slot, version);
  }

  /**
   * Tries whether a slot would take a write, by what a write does, with nothing changed but a key of its own.
   * @throws JournalFullError, CacheUnavailableError
   */
  async probe(slot: number): Promise<void> {
    const { journalMaxPerSlot, journalMaxBytesPerSlot } = this.#settings();
    const keys = [...this.#commits.keysOf(slot), this.keys.probe(slot)] as const;
    const reply = await this.calls.ask('trying a write', () =>
      this.redis.at(keys[0]).hsProbeWrite(...keys, journalMaxPerSlot, journalMaxBytesPerSlot),
    );
    if (reply === 'JOURNAL_FULL') throw new JournalFullError(slot, journalMaxPerSlot);
  }

  /** Answers when Redis does, of a cluster when all its masters do. @throws CacheUnavailableError */
  async ping(): Promise<void> {
    await this.calls.ask('pinging', () => Promise.all(this.redis.servers.map((server) => server.ping())));
  }

  async #expire(input: ExpireInput, onlyIf: ExpireIfInput['onlyIf']): Promise<MaybeMutated> {
    const options = onlyIf?.length ? { onlyIf } : undefined;
    const change = { op: 'expire' as const, key: input.key, ...expiryFields(input), options };
    const { made, reply } = await this.#commits.make('changing an expiry', 'expire', change, input);
    if (made === undefined) return { mutation: undefined, old: reply[1] ?? undefined };
    const old = reply[2] ?? undefined;
    if (reply[1] === 'del') return { mutation: { ...made, op: 'del' }, old };
    return { mutation: asSet(made, reply, undefined, ttlSecOf(input)), old };
  }
}

/** A change that no rule can keep from being made. */
function certain(committing: Committing): Extract<Committing, { made: Mutated }> {
  if (committing.made === undefined) throw new TypeError('a mutation without a rule changed nothing');
  return committing;
}
