import { type AnyBulkWriteOperation, type Collection, Long, MongoBulkWriteError } from 'mongodb';
import { type FallbackReason, mutationId, type RoutedMutation } from '../mutation.js';

/** A `KVMutated` event; field names as in the guide. */
export interface OutboxEvent {
  /** `<slot>-<version>`: inserting it again is harmless. */
  _id: string;
  type: 'KVMutated';
  ts: Date;
  slot: number;
  version: Long | number;
  payload: {
    key: string;
    op: 'set' | 'del';
    /** null for a delete. */
    value: string | null;
    ttlSec: number | null;
    expireAt: Date | null;
    sessionId: string | null;
    interactionId: string | null;
    fallbackReason: FallbackReason | null;
  };
  processed: boolean;
  processedAt?: Date;
  /** How often it was tried and failed. */
  attempts: number;
  /** Not tried again before. */
  retryAt: Date;
  lastError?: string;
  /** Given up after too many attempts; stays until someone requeues or discards it. */
  dead: boolean;
  /** The trace that its mutation is part of, as W3C's `traceparent`; absent where none is recorded. */
  traceparent?: string;
  /** Someone gave it up for good. */
  discarded?: true;
}

const DUPLICATE_KEY = 11_000;
/** Longest wait between two attempts, in milliseconds. */
const MAX_RETRY_MS = 300_000;

/** What {@link Outbox.due} found. */
export interface DueEvents {
  /** At most as many as one message of MongoDB holds: 16 MiB, or a single larger one. */
  readonly events: OutboxEvent[];
  /** Whether more of them may be due. */
  readonly more: boolean;
}

/** How failed events are tried again; read whenever one has failed, so all of it may change. */
export interface RetryRule {
  /** Failures after which an event is a dead letter. */
  readonly maxAttempts: number;
  /** Wait after the first failure, in milliseconds; doubles with each further one, up to five minutes. */
  readonly retryBaseMs: number;
}

/** The MongoDB collection of events that the projector applies later. */
export class Outbox {
  readonly #events: Collection<OutboxEvent>;
  readonly #retry: RetryRule;

  constructor(events: Collection<OutboxEvent>, retry: RetryRule) {
    this.#events = events;
    this.#retry = retry;
  }

  /**
   * Inserts one event per mutation, in one round trip.
   * @returns the keys whose event the store refused, and why; all others are durable
   * @throws whatever the driver throws when the store took none of them or can't say
   */
  async add(writes: readonly RoutedMutation[]): Promise<Map<string, string>> {
    const now = new Date();
    try {
      await this.#events.insertMany(
        writes.map((write) => eventOf(write, now)),
        { ordered: false },
      );
      return new Map();
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError)) throw error;
      const errors = [error.writeErrors].flat();
      if (errors.length === 0 || error.result.getWriteConcernError() !== undefined) throw error;
      return new Map(
        errors
          .filter(({ code }) => code !== DUPLICATE_KEY)
          .map(({ code, index }) => [writes[index]?.key ?? '', `MongoDB error ${code}`]),
      );
    }
  }

  /** The slot's events that are due and newer than version `after`, in version order. */
  async due(slot: number, limit: number, after = 0): Promise<DueEvents> {
    const cursor = this.#events
      .find({
        processed: false,
        dead: false,
        slot,
        version: { $gt: Long.fromNumber(after) },
        retryAt: { $lte: new Date() },
      })
      .sort({ version: 1 })
      .limit(limit)
      .batchSize(limit);
    try {
      // One message's worth and no more: with large values, `limit` events might not fit into memory.
      const events = (await cursor.hasNext()) ? cursor.readBufferedDocuments() : [];
      return { events, more: events.length === limit || cursor.id?.isZero() === false };
    } finally {
      await cursor.close();
    }
  }

  /** Marks events as processed, in one command. */
  async markProcessed(ids: readonly string[]): Promise<void> {
    await this.#events.updateMany(
      { _id: { $in: [...ids] } },
      { $set: { processed: true, processedAt: new Date() } },
    );
  }

  /**
   * Notes a failed attempt on each event: it is due again later, or a dead letter after too many.
   * @returns how many became dead letters
   */
  async markFailed(failures: readonly { event: OutboxEvent; reason: string }[]): Promise<number> {
    const now = Date.now();
    const operations = failures.map(({ event, reason }): AnyBulkWriteOperation<OutboxEvent> => {
      const attempts = event.attempts + 1;
      const waitMs = Math.min(this.#retry.retryBaseMs * 2 ** (attempts - 1), MAX_RETRY_MS);
      return {
        updateOne: {
          filter: { _id: event._id },
          update: {
            $set: {
              attempts,
              lastError: reason,
              retryAt: new Date(now + waitMs),
              dead: attempts >= this.#retry.maxAttempts,
            },
          },
        },
      };
    });
    await this.#events.bulkWrite(operations, { ordered: false });
    return failures.filter(({ event }) => event.attempts + 1 >= this.#retry.maxAttempts).length;
  }

  /**
   * How many events wait, counted no further than `limit`; `minAgeMs`: only those that were added at least so long ago,
   * in milliseconds.
   */
  async countUnprocessed(limit: number, minAgeMs = 0): Promise<number> {
    const oldEnough = minAgeMs === 0 ? {} : { ts: { $lte: new Date(Date.now() - minAgeMs) } };
    return this.#events.countDocuments({ processed: false, dead: false, ...oldEnough }, { limit });
  }

  /** How many dead letters there are, counted no further than `limit`. */
  async countDead(limit: number): Promise<number> {
    return this.#events.countDocuments({ dead: true }, { limit });
  }

  /** The version of the oldest event that waits, due or not, by one look at the head of each slot; undefined for none. */
  async oldestVersion(slots: number): Promise<number | undefined> {
    const heads = await Promise.all(
      Array.from({ length: slots }, (_, slot) =>
        this.#events.findOne(
          { processed: false, dead: false, slot },
          { sort: { version: 1 }, projection: { version: 1 } },
        ),
      ),
    );
    const versions = heads.flatMap((head) => (head === null ? [] : [Number(head.version)]));
    return versions.length === 0 ? undefined : Math.min(...versions);
  }

  /** The version of each slot's oldest event that waits, due or not; slots without any are left out. */
  async oldestWaiting(): Promise<Map<number, number>> {
    const slots = await this.#events
      .aggregate<{ _id: number; version: Long | number }>([
        { $match: { processed: false, dead: false } },
        { $group: { _id: '$slot', version: { $min: '$version' } } },
      ])
      .toArray();
    return new Map(slots.map(({ _id, version }) => [_id, Number(version)]));
  }

  /** The slots that have events waiting, due or not. */
  async slotsWaiting(): Promise<number[]> {
    return this.#events.distinct('slot', { processed: false, dead: false });
  }
}

function eventOf(write: RoutedMutation, now: Date): OutboxEvent {
  return {
    _id: mutationId(write),
    type: 'KVMutated',
    ts: now,
    slot: write.slot,
    // A JavaScript number of this size would be stored as a double.
    version: Long.fromNumber(write.version),
    payload: {
      key: write.key,
      op: write.op,
      value: write.op === 'set' ? (write.value ?? '') : null,
      ttlSec: write.ttlSec ?? null,
      expireAt: write.expireAt === undefined ? null : new Date(write.expireAt),
      sessionId: write.sessionId ?? null,
      interactionId: write.interactionId ?? null,
      fallbackReason: write.fallbackReason ?? null,
    },
    processed: false,
    attempts: 0,
    retryAt: now,
    dead: false,
    ...(write.traceparent === undefined ? {} : { traceparent: write.traceparent }),
  };
}

/** The mutation that an event carries. */
export function mutationOf(event: OutboxEvent): RoutedMutation {
  const { payload } = event;
  return {
    key: payload.key,
    slot: event.slot,
    version: Number(event.version),
    op: payload.op,
    value: payload.value ?? undefined,
    ttlSec: payload.ttlSec ?? undefined,
    expireAt: payload.expireAt?.getTime(),
    sessionId: payload.sessionId ?? undefined,
    interactionId: payload.interactionId ?? undefined,
    fallbackReason: payload.fallbackReason ?? undefined,
    traceparent: event.traceparent,
  };
}
