import { type AnyBulkWriteOperation, type Collection, type Filter, Long, MongoBulkWriteError } from 'mongodb';
import type { Reads } from '../config/live-settings.js';
import type { StoreCalls } from '../metrics/store-calls.js';
import { mutationId, type RoutedMutation } from '../mutation.js';
import { mongoCalls } from './mongo-calls.js';
import { damageOf, eventOf, eventVersion, type OutboxEvent, WAITING } from './outbox-event.js';
import type { Clock } from './store-clock.js';
import {
  isAboutTheDocument,
  isDuplicateKey,
  operationErrors,
  refusalOf,
  StoreFailingError,
} from './write-errors.js';

/** Longest wait between two attempts, in milliseconds. */
const MAX_RETRY_MS = 300_000;
/** After how long an event is due again that the store failed for reasons of its own, in milliseconds. */
const PUT_OFF_MS = 2000;

/** What {@link Outbox.due} found. */
export interface DueEvents {
  /** At most as many as one message of MongoDB holds: 16 MiB, or a single larger one. */
  readonly events: OutboxEvent[];
  /** Whether more of them may be due. */
  readonly more: boolean;
  /** Damaged ones that lay between them, by id, and why they are dead letters now. */
  readonly damaged: ReadonlyMap<string, string>;
}

/** How failed events are tried again. */
export type RetryRule = Reads<'maxAttempts' | 'retryBaseMs'>;

/** The MongoDB collection of events that the projector applies later. */
export class Outbox {
  readonly #events: Collection<OutboxEvent>;
  readonly #retry: RetryRule;
  readonly #clock: Clock;
  readonly #calls: StoreCalls;

  /** `clock`: the store's; every time in an event is of it. */
  constructor(
    events: Collection<OutboxEvent>,
    retry: RetryRule,
    clock: Clock = Date,
    calls = mongoCalls('outbox'),
  ) {
    this.#calls = calls;
    this.#events = events;
    this.#retry = retry;
    this.#clock = clock;
  }

  /**
   * Inserts one event per mutation, in one round trip.
   * @returns the keys whose event the store refused, and why; all others are durable
   * @throws StoreFailingError when the store failed some of them for reasons of its own; StoreUnavailableError
   *   when it took none of them or can't say
   */
  add(writes: readonly RoutedMutation[]): Promise<Map<string, string>> {
    return this.#calls.ask('adding events', () => this.#add(writes), 'add');
  }

  async #add(writes: readonly RoutedMutation[]): Promise<Map<string, string>> {
    const now = this.#clock.now();
    try {
      await this.#events.insertMany(
        writes.map((write) => eventOf(write, now)),
        { ordered: false },
      );
      return new Map();
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError)) throw error;
      const failures = operationErrors(error).flatMap((each) => {
        const write = writes[each.index];
        return write === undefined ? [] : [{ write, error: each }];
      });
      const held = failures.filter((failure) => !isAboutTheDocument(failure.error));
      const [reason] = held.map((failure) => refusalOf(failure.error));
      if (reason !== undefined) {
        const keys = new Set(held.map(({ write }) => write.key));
        throw new StoreFailingError(reason, keys, new Map(), failures.length < writes.length);
      }
      const there = await this.#ours(
        failures.filter((failure) => isDuplicateKey(failure.error)).map(({ write }) => write),
      );
      return new Map(
        failures
          .filter(({ write }) => !there.has(mutationId(write)))
          .map((failure) => [failure.write.key, refusalOf(failure.error)]),
      );
    }
  }

  /**
   * The slot's events that are due and newer than version `after`, in version order. Those among them of which no
   * mutation can be made are dead letters from then on.
   */
  due(slot: number, limit: number, after = 0): Promise<DueEvents> {
    return this.#calls.ask('reading events', () => this.#due(slot, limit, after), 'due');
  }

  async #due(slot: number, limit: number, after: number): Promise<DueEvents> {
    const cursor = this.#events
      .find({
        ...WAITING,
        slot,
        version: { $gt: Long.fromNumber(after) },
        ...this.#isDue(),
      })
      .sort({ version: 1 })
      .limit(limit)
      .batchSize(limit);
    let found: OutboxEvent[];
    let more: boolean;
    try {
      // One message's worth and no more: with large values, `limit` events might not fit into memory.
      found = (await cursor.hasNext()) ? cursor.readBufferedDocuments() : [];
      more = found.length === limit || cursor.id?.isZero() === false;
    } finally {
      await cursor.close();
    }
    const damages = found.map((event) => damageOf(event));
    const events = found.filter((_, index) => damages[index] === undefined);
    if (events.length === found.length) return { events, more, damaged: new Map() };
    const damaged = await this.#giveUp(found, damages);
    if (events.length > 0 || !more) return { events, more, damaged };
    const rest = await this.#due(slot, limit, after);
    return { ...rest, damaged: new Map([...damaged, ...rest.damaged]) };
  }

  /** Marks events as processed, in one command, and lets their values go: nothing reads them any more. */
  markProcessed(ids: readonly string[]): Promise<void> {
    return this.#calls.ask('marking events', () => this.#markProcessed(ids), 'markProcessed');
  }

  async #markProcessed(ids: readonly string[]): Promise<void> {
    await this.#events.updateMany(
      { _id: { $in: [...ids] } },
      {
        $set: { processed: true, processedAt: new Date(this.#clock.now()) },
        $unset: { 'payload.value': '' },
      },
    );
  }

  /**
   * Notes a failed attempt on each event: it is due again later, or a dead letter after too many.
   * @returns how many became dead letters
   */
  markFailed(failures: readonly { event: OutboxEvent; reason: string }[]): Promise<number> {
    return this.#calls.ask('noting failed events', () => this.#markFailed(failures), 'markFailed');
  }

  async #markFailed(failures: readonly { event: OutboxEvent; reason: string }[]): Promise<number> {
    const now = this.#clock.now();
    const { maxAttempts, retryBaseMs } = this.#retry();
    const operations = failures.map(({ event, reason }): AnyBulkWriteOperation<OutboxEvent> => {
      const attempts = attemptsOf(event) + 1;
      const waitMs = Math.min(retryBaseMs * 2 ** (attempts - 1), MAX_RETRY_MS);
      return {
        updateOne: {
          filter: { _id: event._id },
          update: {
            $set: {
              attempts,
              lastError: reason,
              retryAt: new Date(now + waitMs),
              dead: attempts >= maxAttempts,
            },
          },
        },
      };
    });
    await this.#events.bulkWrite(operations, { ordered: false });
    return failures.filter(({ event }) => attemptsOf(event) + 1 >= maxAttempts).length;
  }

  /**
   * Events that the store failed for reasons of its own are due again a little later, with the attempts that they had:
   * one that was counted since is taken back.
   */
  putOff(events: readonly OutboxEvent[], reason: string): Promise<void> {
    return this.#calls.ask('putting events off', () => this.#putOff(events, reason), 'putOff');
  }

  async #putOff(events: readonly OutboxEvent[], reason: string): Promise<void> {
    const retryAt = new Date(this.#clock.now() + PUT_OFF_MS);
    const operations = events.map(
      (event): AnyBulkWriteOperation<OutboxEvent> => ({
        updateOne: {
          filter: { _id: event._id, processed: false },
          update: { $set: { attempts: attemptsOf(event), lastError: reason, retryAt, dead: false } },
        },
      }),
    );
    await this.#events.bulkWrite(operations, { ordered: false });
  }

  /**
   * How many events wait, counted no further than `limit`; `minAgeMs`: only those that were added at least so long ago,
   * in milliseconds.
   */
  countUnprocessed(limit: number, minAgeMs = 0): Promise<number> {
    const oldEnough = minAgeMs === 0 ? {} : { ts: { $lte: new Date(this.#clock.now() - minAgeMs) } };
    const count = () => this.#events.countDocuments({ ...WAITING, ...oldEnough }, { limit });
    return this.#calls.ask('counting events', count, 'countUnprocessed');
  }

  /** How many dead letters there are, counted no further than `limit`. */
  countDead(limit: number): Promise<number> {
    const count = () => this.#events.countDocuments({ dead: true }, { limit });
    return this.#calls.ask('counting dead letters', count, 'countDead');
  }

  /**
   * Since when the oldest event has waited, due or not, in milliseconds since 1970, by one look at the head of each
   * slot; undefined for none. Its version tells, or, where that is ahead of the time, when it was added.
   */
  oldestSince(slots: number): Promise<number | undefined> {
    return this.#calls.ask('looking for the oldest event', () => this.#oldestSince(slots), 'oldestSince');
  }

  async #oldestSince(slots: number): Promise<number | undefined> {
    const heads = await this.#heads(Array.from({ length: slots }, (_, slot) => slot));
    const times = heads.flatMap((head) => {
      const since = Math.min(
        eventVersion(head ?? {}) / 1000,
        head?.ts?.getTime?.() ?? Number.POSITIVE_INFINITY,
      );
      return Number.isNaN(since) ? [] : [since];
    });
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** The version of each of these slots' oldest event that is due; slots without any are left out. */
  async dueHeads(slots: readonly number[]): Promise<Map<number, number>> {
    const look = () => this.#heads(slots, this.#isDue());
    const heads = await this.#calls.ask('looking for the oldest events', look, 'dueHeads');
    return new Map(
      heads.flatMap((head, index) => (head === null ? [] : [[slots[index] ?? -1, eventVersion(head)]])),
    );
  }

  #heads(
    slots: readonly number[],
    which: Filter<OutboxEvent> = {},
  ): Promise<(Pick<OutboxEvent, 'version' | 'ts'> | null)[]> {
    return Promise.all(
      slots.map((slot) =>
        this.#events.findOne(
          { ...WAITING, slot, version: { $gt: 0 }, ...which },
          { sort: { version: 1 }, projection: { version: 1, ts: 1 } },
        ),
      ),
    );
  }

  /** What was never tried is due, whatever the clock of its writer said: 0.1.0 wrote that into `retryAt`. */
  #isDue(): Filter<OutboxEvent> {
    return { $or: [{ lastError: { $exists: false } }, { retryAt: { $lte: new Date(this.#clock.now()) } }] };
  }

  /** The version of each slot's oldest event that waits, due or not; slots without any are left out. */
  oldestWaiting(): Promise<Map<number, number>> {
    return this.#calls.ask('looking for the oldest events', () => this.#waiting('$min'));
  }

  /** The highest version of each slot's events that wait, due or not; slots without any are left out. */
  newestWaiting(): Promise<Map<number, number>> {
    return this.#calls.ask('looking for the newest events', () => this.#waiting('$max'));
  }

  async #waiting(which: '$min' | '$max'): Promise<Map<number, number>> {
    const slots = await this.#events
      .aggregate<{ _id: number; version: Long | number }>([
        { $match: { ...WAITING, version: { $gt: 0 } } },
        { $group: { _id: '$slot', version: { [which]: '$version' } } },
      ])
      .toArray();
    const oldest = slots.map(({ _id, version }) => [_id, eventVersion({ version })] as const);
    return new Map(oldest.filter(([, version]) => !Number.isNaN(version)));
  }

  /** The slots that have events waiting, due or not; of `slots` in all. */
  slotsWaiting(slots: number): Promise<number[]> {
    return this.#calls.ask('looking for events', () => this.#slotsWaiting(slots), 'slotsWaiting');
  }

  async #slotsWaiting(slots: number): Promise<number[]> {
    const found: unknown[] = await this.#events.distinct('slot', WAITING);
    return found.filter(
      (slot): slot is number => Number.isInteger(slot) && Number(slot) >= 0 && Number(slot) < slots,
    );
  }

  /** The ids of those of these mutations whose event is there; a document of someone else at its place is none. */
  async #ours(writes: readonly RoutedMutation[]): Promise<ReadonlySet<string>> {
    if (writes.length === 0) return new Set();
    const found = await this.#events
      .find({ _id: { $in: writes.map(mutationId) } })
      .project<OutboxEvent>({ slot: 1, version: 1, 'payload.key': 1 })
      .toArray();
    const events = new Map(found.map((event) => [event._id, event]));
    const there = writes.filter((write) => {
      const event = events.get(mutationId(write));
      return (
        event !== undefined &&
        event.slot === write.slot &&
        eventVersion(event) === write.version &&
        event.payload?.key === write.key
      );
    });
    return new Set(there.map(mutationId));
  }

  async #giveUp(
    found: readonly OutboxEvent[],
    damages: readonly (string | undefined)[],
  ): Promise<Map<string, string>> {
    const damaged = new Map<string, string>();
    const operations = found.flatMap(({ _id }, index): AnyBulkWriteOperation<OutboxEvent>[] => {
      const lastError = damages[index];
      if (lastError === undefined) return [];
      damaged.set(String(_id), lastError);
      return [{ updateOne: { filter: { _id }, update: { $set: { dead: true, lastError } } } }];
    });
    await this.#events.bulkWrite(operations, { ordered: false });
    return damaged;
  }
}

function attemptsOf({ attempts }: OutboxEvent): number {
  return Number.isSafeInteger(attempts) && attempts > 0 ? attempts : 0;
}
