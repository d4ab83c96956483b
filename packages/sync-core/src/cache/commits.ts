import type { Reads } from '../config/live-settings.js';
import { JournalFullError, PreconditionFailedError, UnwatchedError } from '../errors.js';
import type { StoreCalls } from '../metrics/store-calls.js';
import type { Mutation } from '../mutation.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import type { CommitReply, SlotKeys } from '../redis/scripts.js';
import { refusalOf } from '../redis-refusal.js';
import { bySlot, type Change, MAKING_ROOM, OF_UNKNOWN_SIZE, Sent } from './change.js';
import { Committer } from './committer.js';
import { HeldSize } from './held-size.js';
import { type CacheKeys, slotOf } from './keys.js';
import { SharedWrite } from './shared-write.js';
import { VersionFloor } from './version-floor.js';
import type { WriteOptions } from './write-inputs.js';

/** A delete is taken while the journal holds at most this times its bound of entries: it makes room where a set asks for it. */
const ROOM_FOR_DELETES = 1.25;

/** What bounds the journal of a slot and a value, and how long a mutation may take. */
export type CacheSettings = Reads<
  'journalMaxPerSlot' | 'journalMaxBytesPerSlot' | 'redisTimeoutMs' | 'maxValueBytes'
>;

/** A mutation as far as every kind has it; its kind says the rest. */
export type Mutated = Omit<Mutation, 'op'>;

/** What became of a change that was neither refused nor failed. */
export type Committing =
  /** `standing`: the newer set of its key that was made in its place, in the same step; absent where it was made itself. */
  | { readonly made: Mutated; readonly reply: CommitReply; readonly standing?: Sent | undefined }
  /** Nothing changed; `reply` begins with why. */
  | { readonly made: undefined; readonly reply: CommitReply };

/** What a {@link Commits} is made of. */
export interface CommitParts {
  readonly redis: CacheConnection;
  readonly keys: CacheKeys;
  readonly settings: CacheSettings;
  readonly calls: StoreCalls;
}

/**
 * Has changes made by the script that gives them their versions and their journal entries, those of a slot that came
 * meanwhile together.
 */
export class Commits {
  readonly #parts: CommitParts;
  readonly #floor = new VersionFloor();
  readonly #heldSize = new HeldSize();
  /** Whether a call may be of several slots: what stands before a cluster as one server may refuse that. */
  #together = true;
  /** One for all slots or, where these are spread over servers, one each: none waits for another's server. */
  readonly #committers: readonly Committer<Sent, CommitReply>[];

  constructor(parts: CommitParts) {
    this.#parts = parts;
    const { redis, keys, settings } = parts;
    const write = new SharedWrite(redis);
    this.#committers = Array.from(
      { length: redis.spread ? keys.slots : 1 },
      () =>
        new Committer(
          (calls) => calls.map((changes) => this.#call(changes)),
          () => settings().redisTimeoutMs,
          () => this.#together,
          (leave) => write.add(leave),
        ),
    );
    redis.on('ready', () => this.#floor.connectionChanged());
  }

  /** A version was given, by whichever pod: none that this one is given from now on is lower. */
  saw(slot: number, version: number): void {
    this.#floor.saw(slot, version);
  }

  /**
   * Has a change made; `doing`, `measured`: as {@link StoreCalls.ask} takes them.
   * @throws PreconditionFailedError (also where there is no pair for a kind that needs one), UnwatchedError,
   *   JournalFullError, CacheUnavailableError
   */
  async make(doing: string, measured: string, change: Change, options: WriteOptions): Promise<Committing> {
    const sent = this.sent(change, options);
    const committer = this.#committerOf(sent);
    const reply = await this.#parts.calls.ask(
      doing,
      async () => {
        const [only] = await committer.commit([sent]);
        if (only instanceof Error) throw only;
        return only ?? [];
      },
      measured,
    );
    return this.#became(sent, reply);
  }

  /**
   * Has changes made, those of a key in their order; `doing`, `measured`: as for {@link make}.
   * @returns for each what became of it, or its error, as {@link make} throws it; never rejects
   */
  async makeMany(doing: string, measured: string, changes: readonly Sent[]): Promise<(Committing | Error)[]> {
    const { calls } = this.#parts;
    let replies: readonly unknown[] = [];
    const commit = async () => {
      replies = await this.#commitMany(changes);
      // It is measured as one that failed where nothing of it was answered.
      if (replies.length > 0 && replies.every((reply) => reply instanceof Error)) throw replies[0];
    };
    await calls.ask(doing, commit, measured).catch((error: unknown) => {
      if (replies.length === 0) replies = changes.map(() => error);
    });
    return replies.map((reply, place) => {
      const sent = changes[place];
      if (reply instanceof Error || sent === undefined) return calls.told(doing, reply) as Error;
      try {
        return this.#became(sent, reply as CommitReply);
      } catch (error) {
        return error as Error;
      }
    });
  }

  /** A change as it is sent. */
  sent(change: Change, options: WriteOptions): Sent {
    const slot = slotOf(change.key, this.#parts.keys.slots);
    return new Sent(slot, change, options, OF_UNKNOWN_SIZE.has(change.op) ? this.#heldSize : undefined);
  }

  #committerOf({ slot }: Sent): Committer<Sent, CommitReply> {
    const committer = this.#committers[slot % this.#committers.length];
    if (committer === undefined) throw new RangeError('there is no slot');
    return committer;
  }

  async #commitMany(changes: readonly Sent[]): Promise<readonly (CommitReply | Error)[]> {
    const [first] = changes;
    if (first === undefined || this.#committers.length === 1) {
      return first === undefined ? [] : this.#committerOf(first).commit(changes);
    }
    const replies = new Map<Sent, CommitReply | Error>();
    const ofSlots = Array.from(bySlot(changes).values(), async (ofSlot) => {
      const [one = first] = ofSlot;
      for (const [place, reply] of (await this.#committerOf(one).commit(ofSlot)).entries()) {
        replies.set(ofSlot[place] ?? one, reply);
      }
    });
    await Promise.all(ofSlots);
    return changes.map((change) => replies.get(change) ?? new TypeError('a change was not sent'));
  }

  /** What a reply says. @throws as {@link make} does */
  #became(sent: Sent, reply: CommitReply): Committing {
    const { key, slot, newer, standing } = sent;
    const { sessionId, interactionId } = sent.asked;
    const [first] = reply;
    if (isMade(reply)) {
      const version = Number(first) - newer;
      const made = { key, slot, version, sessionId, interactionId };
      return { made, reply, standing: newer === 0 ? undefined : standing };
    }
    if (first === undefined || first === null) {
      throw new JournalFullError(slot, this.#parts.settings().journalMaxPerSlot);
    }
    if (first === 'unwatched') throw new UnwatchedError();
    if (reply.length === 1 && (first === '' || Number.isSafeInteger(Number(first)))) {
      throw new PreconditionFailedError(first === '' ? undefined : Number(first));
    }
    return { made: undefined, reply };
  }

  /** The keys of a slot that a mutating script needs, as lua/slot.lua takes them. */
  keysOf(slot: number): SlotKeys {
    const { keys } = this.#parts;
    return [keys.clock(slot), keys.journal(slot), keys.changed(slot), keys.journalSize(slot)];
  }

  /**
   * One call. Where Redis is out of memory, nothing was written, and its deletes make room: they are made all the same. Where
   * it may not be of several slots, nothing was, either: each goes by itself.
   */
  async #call(changes: readonly Sent[]): Promise<(CommitReply | Error)[]> {
    try {
      return await this.#commitBy('hsCommit', changes);
    } catch (error) {
      const code = refusalOf(error)?.code;
      const slots = [...bySlot(changes).values()];
      if (code === 'CROSSSLOT' && slots.length > 1) {
        this.#together = false;
        // What fails the call of one slot is its own.
        const apart = slots.map((each) => this.#call(each).catch((its: Error) => each.map(() => its)));
        return (await Promise.all(apart)).flat();
      }
      const deletes = changes.filter(({ op }) => MAKING_ROOM.has(op));
      if (code !== 'OOM' || deletes.length === 0) throw error;
      const replies = await this.#commitBy('hsCommitMakingRoom', deletes);
      return changes.map((change) => replies[deletes.indexOf(change)] ?? (error as Error));
    }
  }

  async #commitBy(
    script: 'hsCommit' | 'hsCommitMakingRoom',
    changes: readonly Sent[],
  ): Promise<(CommitReply | Error)[]> {
    const { redis, keys, settings } = this.#parts;
    const { journalMaxPerSlot, journalMaxBytesPerSlot } = settings();
    const names: string[] = [];
    const sent: (string | number | Buffer)[] = [
      journalMaxPerSlot,
      Math.ceil(journalMaxPerSlot * ROOM_FOR_DELETES),
      journalMaxBytesPerSlot,
    ];
    const sentMs = this.#floor.sends();
    for (const [slot, ofSlot] of bySlot(changes)) {
      names.push(...this.keysOf(slot), keys.scratch(slot));
      sent.push(this.#floor.of(slot), ofSlot.length);
      for (const change of ofSlot) {
        for (const key of change.keys) names.push(keys.pair(slot, key));
        sent.push(change.op, change.key, change.value, change.ttlSec, change.expireAt);
        sent.push(change.sessionId, change.interactionId, change.condition, change.options);
      }
    }
    const replies = await redis
      .at(keys.clock(changes[0]?.slot ?? 0))
      [script](names.length, ...names, ...sent);
    for (const [index, reply] of replies.entries()) {
      const change = changes[index];
      if (change === undefined || reply instanceof Error || !isMade(reply)) continue;
      this.#floor.gave(change.slot, Number(reply[0]), sentMs);
      if (OF_UNKNOWN_SIZE.has(change.op)) this.#heldSize.found((reply[2] ?? reply[1] ?? '').length);
    }
    return replies;
  }
}

/** Whether a mutation was made: a version and what its kind tells; one alone is that of a condition that does not hold. */
function isMade(reply: CommitReply): boolean {
  return reply.length > 1 && reply[0] !== 'unchanged';
}
