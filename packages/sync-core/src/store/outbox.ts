import { type AnyBulkWriteOperation, type Collection, Long } from 'mongodb';
import type { Reads } from '../config/live-settings.js';
import { mutationId, type RoutedMutation } from '../mutation.js';
import { mongoCalls } from './mongo-calls.js';
import { damageOf, eventOf, eventVersion, type OutboxEvent, WAITING } from './outbox-event.js';
import type { Clock } from './store-clock.js';
import { WaitingEvents } from './waiting-events.js';
import {
  bulkFailures,
  isDuplicateKey,
  StoreFailingError,
  storesOwn,
  writeRefusalOf,
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
export class Outbox extends WaitingEvents {
  readonly #retry: RetryRule;

  /** `clock`: the store's; every time in an event is of it. */
  constructor(
    events: Collection<OutboxEvent>,
    retry: RetryRule,
    clock: Clock = Date,
    calls = mongoCalls('outbox'),
  ) {
    super(events, clock, calls);
    this.#retry = retry;
  }

  /**
   * Inserts one event per mutation, in one round trip.
   * @returns the keys whose event the store refused, and why; all others are durable
   * @throws StoreFailingError when the store failed some of them for reasons of its own; StoreUnavailableError
   *   when it took none of them or can't say
   */
  add(writes: readonly RoutedMutation[]): Promise<Map<string, string>> {
    return this.calls.ask('adding events', () => this.#add(writes), 'add');
  }

  async #add(writes: readonly RoutedMutation[]): Promise<Map<string, string>> {
    const now = this.clock.now();
    try {
      await this.events.insertMany(
        writes.map((write) => eventOf(write, now)),
        { ordered: false },
      );
      return new Map();
    } catch (error) {
      const failures = bulkFailures(error, writes);
      const own = storesOwn(failures);
      if (own !== undefined) {
        const keys = new Set(own.sent.map(({ key }) => key));
        throw new StoreFailingError(own.reason, keys, new Map(), failures.length < writes.length);
      }
      const there = await this.#ours(
        failures.filter((failure) => isDuplicateKey(failure.error)).map(({ sent }) => sent),
      );
      return new Map(
        failures
          .filter(({ sent }) => !there.has(mutationId(sent)))
          .map((failure) => [failure.sent.key, writeRefusalOf(failure.error)]),
      );
    }
  }

  /**
   * The slot's events that are due and newer than version `after`, in version order. Those among them of which no
   * mutation can be made are dead letters from then on.
   */
  due(slot: number, limit: number, after = 0): Promise<DueEvents> {
    return this.calls.ask('reading events', () => this.#due(slot, limit, after), 'due');
  }

  async #due(slot: number, limit: number, after: number): Promise<DueEvents> {
    const cursor = this.events
      .find({
        ...WAITING,
        slot,
        version: { $gt: Long.fromNumber(after) },
        ...this.isDue(),
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
    return this.calls.ask('marking events', () => this.#markProcessed(ids), 'markProcessed');
  }

  async #markProcessed(ids: readonly string[]): Promise<void> {
    await this.events.updateMany(
      { _id: { $in: [...ids] } },
      {
        $set: { processed: true, processedAt: new Date(this.clock.now()) },
        $unset: { 'payload.value': '' },
      },
    );
  }

  /**
   * Notes a failed attempt on each event: it is due again later, or a dead letter after too many.
   * @returns how many became dead letters
   */
  markFailed(failures: readonly { event: OutboxEvent; reason: string }[]): Promise<number> {
    return this.calls.ask('noting failed events', () => this.#markFailed(failures), 'markFailed');
  }

  async #markFailed(failures: readonly { event: OutboxEvent; reason: string }[]): Promise<number> {
    const now = this.clock.now();
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
    await this.events.bulkWrite(operations, { ordered: false });
    return failures.filter(({ event }) => attemptsOf(event) + 1 >= maxAttempts).length;
  }

  /**
   * Events that the store failed for reasons of its own are due again a little later, with the attempts that they had:
   * one that was counted since is taken back.
   */
  putOff(events: readonly OutboxEvent[], reason: string): Promise<void> {
    return this.calls.ask('putting events off', () => this.#putOff(events, reason), 'putOff');
  }

  async #putOff(events: readonly OutboxEvent[], reason: string): Promise<void> {
    const retryAt = new Date(this.clock.now() + PUT_OFF_MS);
    const operations = events.map(
      (event): AnyBulkWriteOperation<OutboxEvent> => ({
        updateOne: {
          filter: { _id: event._id, processed: false },
          update: { $set: { attempts: attemptsOf(event), lastError: reason, retryAt, dead: false } },
        },
      }),
    );
    await this.events.bulkWrite(operations, { ordered: false });
  }

  /** The ids of those of these mutations whose event is there; a document of someone else at its place is none. */
  async #ours(writes: readonly RoutedMutation[]): Promise<ReadonlySet<string>> {
    if (writes.length === 0) return new Set();
    const found = await this.events
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
    await this.events.bulkWrite(operations, { ordered: false });
    return damaged;
  }
}

function attemptsOf({ attempts }: OutboxEvent): number {
  return Number.isSafeInteger(attempts) && attempts > 0 ? attempts : 0;
}
