import { mutationBytes } from '../mutation.js';
import type { OutboxEvent } from '../store/outbox-event.js';

/** Bytes of events that a drain reads at once. Three such batches are in memory for each slot in hand, and what is sent of them. */
export const EVENT_PAGE_BYTES = 4 * 1024 * 1024;
/** How large an event is thought to be before any was read, in bytes: with the largest values a first page must fit, too. */
const FIRST_GUESS_BYTES = 64 * 1024;

/**
 * How many events a page of so many bytes holds. A query can be bounded in documents, not in bytes, so it is told by the
 * mean of those read before: larger ones count at once, smaller ones bit by bit. Where values grow from one page to the
 * next, that one is larger than meant, and holds what one message of MongoDB does, 16 MiB, at most.
 */
export class EventBytes {
  #each = FIRST_GUESS_BYTES;

  /** Events that may be read at once now, at least 1. */
  get events(): number {
    return Math.max(Math.floor(EVENT_PAGE_BYTES / this.#each), 1);
  }

  /** Takes in what was read. */
  read(events: readonly OutboxEvent[]): void {
    if (events.length === 0) return;
    const bytes = events.reduce(
      (sum, { payload: { key, value } }) => sum + mutationBytes({ key, value: value ?? '' }),
      0,
    );
    this.#each = Math.max(bytes / events.length, this.#each / 2);
  }
}
