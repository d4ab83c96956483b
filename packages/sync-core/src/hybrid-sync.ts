import { type AnswerParts, Answers } from './answers.js';
import type { MaybeMutated } from './cache/cache.js';
import type { CacheWrites } from './cache/cache-writes.js';
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
} from './cache/write-inputs.js';
import type { Mutation, SyncMethod } from './mutation.js';
import type { ManyTerms, MaybeChanged, PlainAnswer, SyncAnswer, WriteTerms } from './sync-answer.js';
import { carriedTrace, inSpan } from './tracing/spans.js';
import { tellSpan, traced } from './tracing/write-span.js';

/** What the service is made of. */
export interface HybridSyncParts extends AnswerParts {
  readonly cache: CacheWrites;
}

/**
 * The way of a write:
 *
 *   1  Redis applies the mutation, gives it its version and journals it, in one script
 *   2  a route is chosen, from memory
 *   3a the fast path ─▶ ASYNC_THREAD      or, where it isn't chosen, fails or is too slow,
 *   3b the outbox    ─▶ EVENT_BASED       or, where MongoDB takes neither,
 *   3c               ─▶ JOURNALED         once as many replicas of Redis have it as are asked for
 *   4  after 3a and 3b the journal entry is removed, off the client's path
 *
 * A write that is to be answered from the journal is answered as in 3c behind step 1; the rest goes on behind the answer.
 */
export class HybridSync {
  readonly #cache: CacheWrites;
  readonly #answers: Answers;

  constructor({ cache, ...parts }: HybridSyncParts) {
    this.#cache = cache;
    this.#answers = new Answers(parts);
  }

  /** Mutations since the start by how far they got, those that are synced behind their answers once they are. */
  get answered(): Readonly<Record<SyncMethod, number>> {
    return this.#answers.counts;
  }

  /** Mutations that are being synced behind their answers. */
  get behind(): number {
    return this.#answers.behind;
  }

  /** Sets a pair and syncs it. @throws PreconditionFailedError, JournalFullError, NotReplicatedError, CacheUnavailableError */
  async set(input: SetInput, terms?: WriteTerms): Promise<SyncAnswer> {
    const { answer } = await this.#certain(async () => ({ mutation: await this.#cache.set(input) }), terms);
    return answer;
  }

  /**
   * Sets a pair where there is one, or none, as asked, and syncs that; tells the value that was there.
   * @throws PreconditionFailedError, JournalFullError, NotReplicatedError, CacheUnavailableError
   */
  async setIf(input: SetIfInput, terms?: WriteTerms): Promise<MaybeChanged> {
    return this.#maybe(() => this.#cache.setIf(input), terms);
  }

  /**
   * Makes plain changes of several pairs, those of a key in their order, and syncs them; one that is refused, or fails, does
   * so alone.
   * @returns for each its answer, or what {@link set} and {@link delete} throw; never rejects
   */
  async writeMany(
    inputs: readonly PlainInput[],
    terms: ManyTerms = {},
  ): Promise<readonly (PlainAnswer | Error)[]> {
    // Each has spans of its own, and a place of its own in the trace.
    if (carriedTrace() !== undefined)
      return Promise.all(inputs.map((input, place) => this.#writeOne(input, place, terms)));
    return this.#answers.whileUnderWay(async () => {
      const startedAt = performance.now();
      const written = await this.#cache.writeMany(inputs);
      terms.made?.();
      return this.#answers.ofMany(written, terms, startedAt);
    });
  }

  /**
   * Sets pairs of one slot, all of them or, where there is one of them already, none, and syncs them.
   * @returns an answer for each, in their order; none where nothing changed
   * @throws InvalidInputError for keys of several slots; JournalFullError, NotReplicatedError, CacheUnavailableError
   */
  async setAllIfAbsent(input: SetAllInput, terms?: WriteTerms): Promise<readonly SyncAnswer[]> {
    const setAll = () => this.#cache.setAllIfAbsent(input);
    return (await this.#write(setAll, ({ mutations }) => mutations, terms)).answers;
  }

  /**
   * Deletes a pair and syncs that; `existed` says whether there was one.
   * @throws PreconditionFailedError, JournalFullError, NotReplicatedError, CacheUnavailableError
   */
  async delete(
    key: string,
    options: WriteOptions = {},
    terms?: WriteTerms,
  ): Promise<SyncAnswer & { existed: boolean }> {
    const { answer, told } = await this.#certain(() => this.#cache.delete(key, options), terms);
    return { ...answer, existed: told.existed };
  }

  /**
   * Deletes a pair, syncs that, and tells the value; without a pair nothing changes.
   * @throws PreconditionFailedError, JournalFullError, NotReplicatedError, CacheUnavailableError
   */
  async getAndDelete(input: KeyInput, terms?: WriteTerms): Promise<MaybeChanged> {
    return this.#maybe(() => this.#cache.getAndDelete(input), terms);
  }

  /**
   * Syncs the pair that the cache holds of a key now; where it holds none nothing changes.
   * @throws PreconditionFailedError (also for no pair), JournalFullError, NotReplicatedError, CacheUnavailableError
   */
  async resync(key: string, options: ResyncOptions = {}, terms?: WriteTerms): Promise<SyncAnswer> {
    const resync = async () => ({ mutation: await this.#cache.resync(key, options) });
    return (await this.#certain(resync, terms)).answer;
  }

  /**
   * Gives a pair another expiry, or none, and syncs that; a moment that has come deletes it.
   * @throws PreconditionFailedError (also for no pair), JournalFullError, NotReplicatedError, CacheUnavailableError
   */
  async expire(input: ExpireInput, terms?: WriteTerms): Promise<SyncAnswer> {
    const expire = async () => ({ mutation: await this.#cache.expire(input) });
    return (await this.#certain(expire, terms)).answer;
  }

  /**
   * The same where the rules hold and there is a pair; tells its value.
   * @throws PreconditionFailedError, JournalFullError, NotReplicatedError, CacheUnavailableError
   */
  async expireIf(input: ExpireIfInput, terms?: WriteTerms): Promise<MaybeChanged> {
    return this.#maybe(() => this.#cache.expireIf(input), terms);
  }

  /**
   * Appends bytes to a pair's value, which is empty for no pair, and syncs that; `value`: the whole as it is kept.
   * @throws ValueTooLongError, PreconditionFailedError, JournalFullError, NotReplicatedError, CacheUnavailableError
   */
  async append(input: AppendInput, terms?: WriteTerms): Promise<SyncAnswer & { value: string }> {
    const append = async () => ({ mutation: await this.#cache.append(input) });
    const { answer, told } = await this.#certain(append, terms);
    return { ...answer, value: told.mutation.value ?? '' };
  }

  /**
   * Adds to the whole number that a pair's value is, 0 for no pair, and syncs that; `sum`: what it is then.
   * @throws NumberRefusedError, PreconditionFailedError, JournalFullError, NotReplicatedError, CacheUnavailableError
   */
  async increment(input: IncrementInput, terms?: WriteTerms): Promise<SyncAnswer & { sum: bigint }> {
    const { answer, told } = await this.#certain(() => this.#cache.increment(input), terms);
    return { ...answer, sum: told.sum };
  }

  /**
   * The same of a number with a fraction; `sum`: in its digits.
   * @throws NumberRefusedError, PreconditionFailedError, JournalFullError, NotReplicatedError, CacheUnavailableError
   */
  async incrementFloat(
    input: IncrementFloatInput,
    terms?: WriteTerms,
  ): Promise<SyncAnswer & { sum: string }> {
    const { answer, told } = await this.#certain(() => this.#cache.incrementFloat(input), terms);
    return { ...answer, sum: told.sum };
  }

  /**
   * Resolves when every write under way has its answer, and is as far on its way to MongoDB as it gets; the caller has
   * stopped writing.
   */
  idle(): Promise<void> {
    return this.#answers.idle();
  }

  async #writeOne(
    input: PlainInput,
    place: number,
    { mode, answer, synced }: ManyTerms,
  ): Promise<PlainAnswer | Error> {
    try {
      const terms = { mode, answer };
      const told = await (input.op === 'set' ? this.set(input, terms) : this.delete(input.key, input, terms));
      void told.synced?.then((brought) => synced?.(place, brought));
      return told;
    } catch (error) {
      return error as Error;
    }
  }

  /** A write that changes something, or is refused. */
  async #certain<Told extends { mutation: Mutation }>(
    mutate: () => Promise<Told>,
    terms: WriteTerms | undefined,
  ): Promise<{ answer: SyncAnswer; told: Told }> {
    const { answers, told } = await this.#write(mutate, ({ mutation }) => [mutation], terms);
    const [answer] = answers;
    if (answer === undefined) throw new TypeError('a write without a rule changed nothing');
    return { answer, told };
  }

  /** A write that may change nothing. */
  async #maybe(mutate: () => Promise<MaybeMutated>, terms: WriteTerms | undefined): Promise<MaybeChanged> {
    const { answers, told } = await this.#write(
      mutate,
      ({ mutation }) => (mutation ? [mutation] : []),
      terms,
    );
    return { answer: answers[0], old: told.old };
  }

  /** `mutationsOf`: what there is to sync in what the cache told. */
  #write<Told>(
    mutate: () => Promise<Told>,
    mutationsOf: (told: Told) => readonly Mutation[],
    terms: WriteTerms = {},
  ): Promise<{ answers: readonly SyncAnswer[]; told: Told }> {
    return this.#answers.whileUnderWay(() =>
      inSpan('hybrid_sync.write', async (span) => {
        const startedAt = performance.now();
        const told = await inSpan('cache.mutate', mutate).catch((error: unknown) => {
          throw this.#answers.refused(error);
        });
        terms.made?.();
        const mutations = traced(mutationsOf(told), carriedTrace());
        const [only] = mutations;
        // Nearly every write is of one mutation; a promise of many costs it more than a microsecond.
        const answers =
          only !== undefined && mutations.length === 1
            ? [await this.#answers.of(only, terms, startedAt)]
            : await Promise.all(mutations.map((mutation) => this.#answers.of(mutation, terms, startedAt)));
        if (span !== undefined) for (const answer of answers) tellSpan(span, answer);
        return { answers, told };
      }),
    );
  }
}
