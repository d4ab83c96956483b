import type { Collection, Filter, Long } from 'mongodb';
import type { StoreCalls } from '../metrics/store-calls.js';
import { eventVersion, type OutboxEvent, WAITING } from './outbox-event.js';
import type { Clock } from './store-clock.js';

/** Looks at the events that wait to be applied, without reading what they carry. */
export class WaitingEvents {
  protected readonly events: Collection<OutboxEvent>;
  /** The store's; every time in an event is of it. */
  protected readonly clock: Clock;
  /** What it asks MongoDB goes through here. @throws StoreUnavailableError */
  protected readonly calls: StoreCalls;

  constructor(events: Collection<OutboxEvent>, clock: Clock, calls: StoreCalls) {
    this.events = events;
    this.clock = clock;
    this.calls = calls;
  }

  /**
   * How many events wait, counted no further than `limit`; `minAgeMs`: only those that were added at least so long ago,
   * in milliseconds.
   */
  countUnprocessed(limit: number, minAgeMs = 0): Promise<number> {
    const oldEnough = minAgeMs === 0 ? {} : { ts: { $lte: new Date(this.clock.now() - minAgeMs) } };
    const count = () => this.events.countDocuments({ ...WAITING, ...oldEnough }, { limit });
    return this.calls.ask('counting events', count, 'countUnprocessed');
  }

  /** How many dead letters there are, counted no further than `limit`. */
  countDead(limit: number): Promise<number> {
    const count = () => this.events.countDocuments({ dead: true }, { limit });
    return this.calls.ask('counting dead letters', count, 'countDead');
  }

  /**
   * Since when the oldest event has waited, due or not, in milliseconds since 1970, by one look at the head of each
   * slot; undefined for none. Its version tells, or, where that is ahead of the time, when it was added.
   */
  oldestSince(slots: number): Promise<number | undefined> {
    return this.calls.ask('looking for the oldest event', () => this.#oldestSince(slots), 'oldestSince');
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
    const look = () => this.#heads(slots, this.isDue());
    const heads = await this.calls.ask('looking for the oldest events', look, 'dueHeads');
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
        this.events.findOne(
          { ...WAITING, slot, version: { $gt: 0 }, ...which },
          { sort: { version: 1 }, projection: { version: 1, ts: 1 } },
        ),
      ),
    );
  }

  /** What was never tried is due, whatever the clock of its writer said: 0.1.0 wrote that into `retryAt`. */
  protected isDue(): Filter<OutboxEvent> {
    return { $or: [{ lastError: { $exists: false } }, { retryAt: { $lte: new Date(this.clock.now()) } }] };
  }

  /** The version of each slot's oldest event that waits, due or not; slots without any are left out. */
  oldestWaiting(): Promise<Map<number, number>> {
    return this.calls.ask('looking for the oldest events', () => this.#waiting('$min'));
  }

  /** The highest version of each slot's events that wait, due or not; slots without any are left out. */
  newestWaiting(): Promise<Map<number, number>> {
    return this.calls.ask('looking for the newest events', () => this.#waiting('$max'));
  }

  async #waiting(which: '$min' | '$max'): Promise<Map<number, number>> {
    const slots = await this.events
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
    return this.calls.ask('looking for events', () => this.#slotsWaiting(slots), 'slotsWaiting');
  }

  async #slotsWaiting(slots: number): Promise<number[]> {
    const found: unknown[] = await this.events.distinct('slot', WAITING);
    return found.filter(
      (slot): slot is number => Number.isInteger(slot) && Number(slot) >= 0 && Number(slot) < slots,
    );
  }
}
