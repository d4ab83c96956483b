import {
  type AnyBulkWriteOperation,
  type Collection,
  Decimal128,
  type Filter,
  MinKey,
  type UpdateFilter,
} from 'mongodb';
import { dateUpToLast } from '../expiry.js';
import type { StoreCalls } from '../metrics/store-calls.js';
import { mongoCalls } from './mongo-calls.js';
import { eventVersion, type OutboxEvent, WAITING } from './outbox-event.js';
import type { Clock } from './store-clock.js';

/** Which dead letters an operation is about; the parts that are given must all hold. */
export interface DeadLetterFilter {
  /** Ids of events, `<slot>-<version>`. */
  readonly ids?: readonly string[] | undefined;
  readonly key?: string | undefined;
  readonly slot?: number | undefined;
  /** Only events at least this old, in milliseconds. */
  readonly minAgeMs?: number | undefined;
}

/** A dead letter as it is shown, without the value. What a damaged event does not say is empty, -1 or 0: see its reason. */
export interface DeadLetter {
  readonly id: string;
  readonly key: string;
  readonly op: 'set' | 'del';
  readonly slot: number;
  readonly version: number;
  readonly attempts: number;
  readonly reason: string;
  readonly at: Date;
}

/** A change of dead letters. */
export interface DeadLetterChange {
  /** How many were changed. */
  readonly changed: number;
  /** The slots they are of. */
  readonly slots: ReadonlySet<number>;
}

/**
 * The events that were given up after too many attempts. They stay, and their keys' shadows stay behind, until someone
 * requeues or discards them.
 */
export class DeadLetters {
  readonly #events: Collection<OutboxEvent>;
  readonly #clock: Clock;
  readonly #calls: StoreCalls;

  /** `clock`: the store's; every time in an event is of it. */
  constructor(events: Collection<OutboxEvent>, clock: Clock = Date, calls = mongoCalls('deadLetters')) {
    this.#calls = calls;
    this.#events = events;
    this.#clock = clock;
  }

  /**
   * Makes dead letters of waiting events that no drain of one of `slots` slots would ever find: they are in no slot, or
   * have no version. Both are looked for by what the index `waiting_in_slot` can be entered with: a search for what is none of
   * these slots would read all that waits.
   * @returns how many
   */
  giveUpUnreachable(slots: number): Promise<number> {
    return this.#calls.ask('looking for events of no slot', () => this.#giveUpUnreachable(slots));
  }

  async #giveUpUnreachable(slots: number): Promise<number> {
    const all = Array.from({ length: slots }, (_, slot) => slot);
    // Of any type, or none: an index is entered by its first field alone. The driver's types compare a field with its own only.
    const anySlot = { ...WAITING, slot: { $gte: new MinKey() } } as unknown as Filter<OutboxEvent>;
    const found: unknown[] = await this.#events.distinct('slot', anySlot);
    // No list of values names a slot that is missing, or is an empty list.
    const strays = [null, [], ...found.filter((slot) => !all.includes(slotNumber(slot)))];
    const unreachable = [
      { slot: { $in: strays } },
      { slot: { $in: all }, version: { $not: { $gt: 0 } } },
      // Whether the above finds this one depends on the engine.
      { slot: { $in: all }, version: Number.NaN },
    ];
    const results = await Promise.all(
      unreachable.map((which) =>
        this.#events.updateMany({ ...WAITING, ...which } as Filter<OutboxEvent>, {
          $set: { dead: true, lastError: 'the event is in no slot, or has no version' },
        }),
      ),
    );
    return results.reduce((sum, { modifiedCount }) => sum + modifiedCount, 0);
  }

  /** The dead letters after the one with id `after`, in the order of their ids. @throws StoreUnavailableError */
  async list(filter: DeadLetterFilter, limit: number, after?: string): Promise<DeadLetter[]> {
    const events = await this.#calls.ask(
      'listing dead letters',
      () =>
        this.#events
          .find(matching(filter, this.#clock.now(), after))
          .sort({ _id: 1 })
          .limit(limit)
          .project<OutboxEvent>({ 'payload.value': 0 })
          .toArray(),
      'list',
    );
    return events.map(shown);
  }

  /**
   * Gives dead letters another full round of attempts, `limit` of them at most, spread so that no more than
   * `perSecond` become due each second. @throws StoreUnavailableError
   */
  async requeue(filter: DeadLetterFilter, limit: number, perSecond: number): Promise<DeadLetterChange> {
    const now = this.#clock.now();
    return this.#calls.ask(
      'requeueing dead letters',
      () =>
        this.#change(filter, limit, (index) => ({
          $set: { dead: false, attempts: 0, retryAt: new Date(now + Math.floor((index / perSecond) * 1000)) },
        })),
      'requeue',
    );
  }

  /**
   * Gives dead letters up for good, `limit` of them at most; they go with the processed events' retention.
   * @throws StoreUnavailableError
   */
  async discard(filter: DeadLetterFilter, limit: number): Promise<DeadLetterChange> {
    const processedAt = new Date(this.#clock.now());
    return this.#calls.ask(
      'discarding dead letters',
      () =>
        this.#change(filter, limit, () => ({
          $set: { dead: false, processed: true, processedAt, discarded: true },
          $unset: { 'payload.value': '' },
        })),
      'discard',
    );
  }

  /** `dead: true` in each filter: what someone else has just changed is not changed again. */
  async #change(
    filter: DeadLetterFilter,
    limit: number,
    update: (index: number) => UpdateFilter<OutboxEvent>,
  ): Promise<DeadLetterChange> {
    const events = await this.#events
      .find(matching(filter, this.#clock.now()))
      .sort({ _id: 1 })
      .limit(limit)
      .project<Pick<OutboxEvent, '_id' | 'slot'>>({ slot: 1 })
      .toArray();
    if (events.length === 0) return { changed: 0, slots: new Set() };
    const operations = events.map(
      ({ _id }, index): AnyBulkWriteOperation<OutboxEvent> => ({
        updateOne: { filter: { _id, dead: true }, update: update(index) },
      }),
    );
    const { modifiedCount } = await this.#events.bulkWrite(operations, { ordered: false });
    return {
      changed: modifiedCount,
      slots: new Set(events.map((event) => event.slot).filter(Number.isSafeInteger)),
    };
  }
}

function shown(event: OutboxEvent): DeadLetter {
  const payload: Partial<Record<string, unknown>> | null | undefined = event.payload;
  const version = eventVersion(event);
  return {
    id: String(event._id),
    key: typeof payload?.key === 'string' ? payload.key : '',
    op: payload?.op === 'del' ? 'del' : 'set',
    slot: Number.isSafeInteger(event.slot) ? event.slot : -1,
    version: Number.isNaN(version) ? 0 : version,
    attempts: Number.isSafeInteger(event.attempts) ? event.attempts : 0,
    reason: typeof event.lastError === 'string' ? event.lastError : '',
    at: event.ts instanceof Date ? dateUpToLast(Math.max(0, event.ts.getTime() || 0)) : new Date(0),
  };
}

function matching(
  { ids, key, slot, minAgeMs }: DeadLetterFilter,
  now: number,
  after?: string,
): Filter<OutboxEvent> {
  const byId = {
    ...(ids === undefined ? {} : { $in: [...ids] }),
    ...(after === undefined ? {} : { $gt: after }),
  };
  return {
    dead: true,
    ...(Object.keys(byId).length === 0 ? {} : { _id: byId }),
    ...(key === undefined ? {} : { 'payload.key': key }),
    ...(slot === undefined ? {} : { slot }),
    ...(minAgeMs === undefined ? {} : { ts: { $lte: new Date(now - minAgeMs) } }),
  };
}

/** The slot that MongoDB takes this value for; NaN for none. A decimal equals the integer of its size. */
function slotNumber(value: unknown): number {
  if (value instanceof Decimal128) return Number(value.toString());
  return typeof value === 'number' ? value : Number.NaN;
}
