import type { AnyBulkWriteOperation, Collection, Filter } from 'mongodb';
import { StoreUnavailableError } from '../errors.js';
import type { OutboxEvent } from './outbox.js';

/** Which dead letters an operation is about; the parts that are given must all hold. */
export interface DeadLetterFilter {
  /** Ids of events, `<slot>-<version>`. */
  readonly ids?: readonly string[] | undefined;
  readonly key?: string | undefined;
  readonly slot?: number | undefined;
  /** Only events at least this old, in milliseconds. */
  readonly minAgeMs?: number | undefined;
}

/** A dead letter as it is shown; without the value. */
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

  constructor(events: Collection<OutboxEvent>) {
    this.#events = events;
  }

  /** The dead letters after the one with id `after`, in the order of their ids. @throws StoreUnavailableError */
  async list(filter: DeadLetterFilter, limit: number, after?: string): Promise<DeadLetter[]> {
    const events = await answered('listing dead letters', () =>
      this.#events
        .find(matching(filter, after))
        .sort({ _id: 1 })
        .limit(limit)
        .project<Omit<OutboxEvent, 'payload'> & { payload: Pick<OutboxEvent['payload'], 'key' | 'op'> }>({
          'payload.value': 0,
        })
        .toArray(),
    );
    return events.map((event) => ({
      id: event._id,
      key: event.payload.key,
      op: event.payload.op,
      slot: event.slot,
      version: Number(event.version),
      attempts: event.attempts,
      reason: event.lastError ?? '',
      at: event.ts,
    }));
  }

  /**
   * Gives dead letters another full round of attempts, `limit` of them at most, spread so that no more than
   * `perSecond` become due each second. @throws StoreUnavailableError
   */
  async requeue(filter: DeadLetterFilter, limit: number, perSecond: number): Promise<DeadLetterChange> {
    const now = Date.now();
    return answered('requeueing dead letters', () =>
      this.#change(filter, limit, (index) => ({
        $set: { dead: false, attempts: 0, retryAt: new Date(now + Math.floor((index / perSecond) * 1000)) },
      })),
    );
  }

  /**
   * Gives dead letters up for good, `limit` of them at most; they go with the processed events' retention.
   * @throws StoreUnavailableError
   */
  async discard(filter: DeadLetterFilter, limit: number): Promise<DeadLetterChange> {
    const now = new Date();
    return answered('discarding dead letters', () =>
      this.#change(filter, limit, () => ({
        $set: { dead: false, processed: true, processedAt: now, discarded: true },
      })),
    );
  }

  /** `dead: true` in each filter: what someone else has just changed is not changed again. */
  async #change(
    filter: DeadLetterFilter,
    limit: number,
    update: (index: number) => { $set: Partial<OutboxEvent> },
  ): Promise<DeadLetterChange> {
    const events = await this.#events
      .find(matching(filter))
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
    return { changed: modifiedCount, slots: new Set(events.map((event) => event.slot)) };
  }
}

async function answered<T>(doing: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new StoreUnavailableError(doing, error);
  }
}

function matching({ ids, key, slot, minAgeMs }: DeadLetterFilter, after?: string): Filter<OutboxEvent> {
  const byId = {
    ...(ids === undefined ? {} : { $in: [...ids] }),
    ...(after === undefined ? {} : { $gt: after }),
  };
  return {
    dead: true,
    ...(Object.keys(byId).length === 0 ? {} : { _id: byId }),
    ...(key === undefined ? {} : { 'payload.key': key }),
    ...(slot === undefined ? {} : { slot }),
    ...(minAgeMs === undefined ? {} : { ts: { $lte: new Date(Date.now() - minAgeMs) } }),
  };
}
