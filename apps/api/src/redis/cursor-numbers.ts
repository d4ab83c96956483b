import { randomInt } from 'node:crypto';

/** Cursors that are kept at most; the oldest goes first. */
const MOST_KEPT = 10_000;

interface Kept {
  readonly cursor: string;
  /** The number that was given back for this one. */
  readonly before: string;
}

/**
 * Numbers for cursors that are texts, as those over a Redis Cluster are: clients read a cursor as a number, and take
 * whatever begins with a letter for 0, the end. They are known to this process only. One that was given back stays good
 * until the next one of its scan is: a client may ask twice.
 */
export class CursorNumbers {
  readonly #kept = new Map<string, Kept>();

  /** The cursor of a number; a number that none was given for stands for itself. */
  cursorOf(number: string): string {
    const kept = this.#kept.get(number);
    if (kept === undefined) return number;
    this.#kept.delete(kept.before);
    return kept.cursor;
  }

  /** The number of a cursor. `before`: the number that led to it. */
  numberOf(cursor: string, before: string): string {
    if (/^\d+$/.test(cursor)) return cursor;
    const number = String(randomInt(1, 2 ** 48 - 1));
    this.#kept.set(number, { cursor, before });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return number;
  }
}
