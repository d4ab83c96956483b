import type { Collection, Filter, Long } from 'mongodb';
import type { StoreCalls } from '../metrics/store-calls.js';
import { eventVersion, type OutboxEvent, WAITING, WAITING_IN_ANY_SLOT } from './outbox-event.js';
import type { Clock } from './store-clock.js';

/** The event that a drain of its slot begins with. */
export interface FirstInLine {
  /**
   * Since when it has waited, in milliseconds since 1970. Its version tells, or, where that is ahead of the time, when it
   * was added.
   */
  readonly since: number;
  /** Whether it may be tried now: one that failed waits for a while. */
  readonly due: boolean;
  /** Tells it apart from the next one, and from itself after one more attempt. */
  readonly what: string;
}

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
    const count = () => this.events.countDocuments({ ...WAITING_IN_ANY_SLOT, ...oldEnough }, { limit });
    return this.calls.ask('counting events', count, 'countUnprocessed');
  }

  /** How many dead letters there are, counted no further than `limit`. */
  countDead(limit: number): Promise<number> {
    const count = () => this.events.countDocuments({ dead: true }, { limit });
    return this.calls.ask('counting dead letters', count, 'countDead');
  }

  /** The first event of each slot, due or not, by one look at the slot's head; slots without any are left out. */
  firstInLine(slots: number): Promise<Map<number, FirstInLine>> {
    return this.calls.ask('looking for the oldest events', () => this.#firstInLine(slots), 'firstInLine');
  }

  async #firstInLine(slots: number): Promise<Map<number, FirstInLine>> {
    const now = this.clock.now();
    const heads = await this.#heads(Array.from({ length: slots }, (_, slot) => slot));
    return new Map(
      heads.flatMap((head, slot) => {
        if (head === null) return [];
        const since = Math.min(eventVersion(head) / 1000, head.ts?.getTime?.() ?? Number.POSITIVE_INFINITY);
        const due = head.lastError === undefined || head.retryAt <= new Date(now);
        return Number.isNaN(since) ? [] : [[slot, { since, due, what: `${since} ${Number(head.retryAt)}` }]];
      }),
    );
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
  ): Promise<(Pick<OutboxEvent, 'version' | 'ts' | 'lastError' | 'retryAt'> | null)[]> {
    return Promise.all(
      slots.map((slot) =>
        this.events.findOne(
          { ...WAITING, slot, version: { $gt: 0 }, ...which },
          { sort: { version: 1 }, projection: { version: 1, ts: 1, lastError: 1, retryAt: 1 } },
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
        { $match: { ...WAITING_IN_ANY_SLOT, version: { $gt: 0 } } },
        { $group: { _id: '$slot', version: { [which]: '$version' } } },
      ])
      .toArray();
    const oldest = slots.map(({ _id, version }) => [_id, eventVersion({ version })] as const);
    return new Map(oldest.filter(([, version]) => !Number.isNaN(version)));
  }

  /**
   * The slots that have events waiting, due or not; of `slots` in all. All that waits is gone through for it, but for what
   * does in the slots of `except`, which are left out.
   */
  async slotsWaiting(slots: number, except: ReadonlySet<number> = new Set()): Promise<number[]> {
    const asked = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => !except.has(slot));
    if (asked.length === 0) return [];
    return this.calls.ask('looking for events', () => this.#slotsWaiting(asked, slots), 'slotsWaiting');
  }

  async #slotsWaiting(asked: readonly number[], slots: number): Promise<number[]> {
    const which = asked.length === slots ? WAITING_IN_ANY_SLOT : { ...WAITING, slot: { $in: [...asked] } };
    const found: unknown[] = await this.events.distinct('slot', which);
    return asked.filter((slot) => found.includes(slot));
  }
}
