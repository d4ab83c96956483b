import type { Mutation } from '../mutation.js';
import type { Entry } from './wait.js';

/** A batch that left. */
export class Batch<M extends Mutation> {
  readonly entries: ReadonlyMap<string, Entry<M>>;
  readonly #abandon = new AbortController();
  #live: number;

  constructor(entries: ReadonlyMap<string, Entry<M>>) {
    this.entries = entries;
    this.#live = entries.size;
    for (const entry of entries.values()) entry.batch = this;
  }

  /** Mutations that someone still waits for. */
  get live(): number {
    return this.#live;
  }

  /** Aborts when no one waits for any of them any more. */
  get abandoned(): AbortSignal {
    return this.#abandon.signal;
  }

  /** No one waits any more for one of its entries. */
  forsaken(): void {
    if (--this.#live === 0) this.#abandon.abort();
  }

  /** Tells of entries whose mutations are through while others are under way. */
  through(keys: Iterable<string>): void {
    for (const key of keys) {
      const entry = this.entries.get(key);
      if (entry === undefined || entry.waiting === 0) continue;
      this.#live--;
      settle(entry, undefined);
    }
  }
}

/** Tells all who wait what came of an entry. */
export function settle<M>(entry: Entry<M>, error: unknown): void {
  if (entry.waiting === 0) return;
  entry.waiting = 0;
  for (const waiter of entry.waiters) waiter.wait.settle(waiter, error);
}
