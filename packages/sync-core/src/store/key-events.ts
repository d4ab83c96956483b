import type { Collection } from 'mongodb';
import type { StoreCalls } from '../metrics/store-calls.js';
import { mongoCalls } from './mongo-calls.js';
import type { OutboxEvent } from './outbox-event.js';

/** An event without its value. */
export type EventHead = Omit<OutboxEvent, 'payload'> & {
  payload: Omit<OutboxEvent['payload'], 'value'>;
};

/** What the outbox holds of a key. */
export interface EventsOfKey {
  /** Newest first. */
  readonly events: readonly EventHead[];
  /** Whether these are all that there are. */
  readonly complete: boolean;
}

/** Newest events of a slot that are looked through for a key: no index has the key, and one would cost every write. */
const LOOKED_THROUGH = 10_000;

/** Finds what the outbox holds of one key: what waits, what was applied lately, and what was given up. */
export class KeyEvents {
  readonly #events: Collection<OutboxEvent>;
  readonly #calls: StoreCalls;

  constructor(events: Collection<OutboxEvent>, calls = mongoCalls('keyEvents')) {
    this.#events = events;
    this.#calls = calls;
  }

  /** The key's events among the newest of its slot, `most` of them at most. @throws StoreUnavailableError */
  ofKey(slot: number, key: string, most: number): Promise<EventsOfKey> {
    return this.#calls.ask('looking for the events of a key', () => this.#ofKey(slot, key, most), 'ofKey');
  }

  async #ofKey(slot: number, key: string, most: number): Promise<EventsOfKey> {
    // Ids are `<slot>-<version>`: in this range are those of the slot, and versions of one length are in their order.
    const ofSlot = { _id: { $gte: `${slot}-`, $lt: `${slot}.` } };
    const [events, beyond] = await Promise.all([
      this.#events
        .aggregate<EventHead>([
          { $match: ofSlot },
          { $sort: { _id: -1 } },
          { $limit: LOOKED_THROUGH },
          { $match: { 'payload.key': key } },
          { $limit: most + 1 },
          { $project: { 'payload.value': 0 } },
        ])
        .toArray(),
      this.#events.countDocuments(ofSlot, { skip: LOOKED_THROUGH, limit: 1 }),
    ]);
    return { events: events.slice(0, most), complete: events.length <= most && beyond === 0 };
  }
}
