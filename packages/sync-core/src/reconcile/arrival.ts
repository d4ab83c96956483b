import type { Journal } from '../cache/journal.js';
import type { Outbox } from '../store/outbox.js';

/** Where a mutation can be that is not yet in its shadow. */
export interface Ways {
  readonly journal: Pick<Journal, 'oldest'>;
  readonly outbox: Pick<Outbox, 'oldestWaiting'>;
}

/**
 * Up to which version the mutations of each slot have arrived: what was given by now and is neither in the journal nor
 * waiting in the outbox is in its shadow. A dead letter does not count as waiting.
 */
export class Arrival {
  readonly #oldest: ReadonlyMap<number, number>;

  private constructor(oldest: ReadonlyMap<number, number>) {
    this.#oldest = oldest;
  }

  /** Looks at both ways. @throws what the stores throw */
  static async look({ journal, outbox }: Ways): Promise<Arrival> {
    // In this order: an entry leaves the journal only once an event or a shadow holds its mutation, so nothing can slip
    // from what was not looked at yet into what was.
    const journaled = await journal.oldest();
    const waiting = await outbox.oldestWaiting();
    const oldest = new Map(journaled);
    for (const [slot, version] of waiting) oldest.set(slot, Math.min(version, oldest.get(slot) ?? version));
    return new Arrival(oldest);
  }

  /** Whether all mutations of a slot up to this version have arrived. */
  hasAll(slot: number, version: number): boolean {
    return (this.#oldest.get(slot) ?? Number.POSITIVE_INFINITY) > version;
  }

  /** Whether all mutations have arrived, of each slot up to its version. */
  hasAllUpTo(versions: ReadonlyMap<number, number>): boolean {
    return [...versions].every(([slot, version]) => this.hasAll(slot, version));
  }
}
