/** A batch that took less than this share of the time from which it is slow was quick. */
const QUICK_SHARE = 0.5;

/** Beside no more mutations under way none waits for others: with few writers there are none to come. */
const FEW = 16;
/** A batch of so many waits for no more: what its job costs beside its mutations is little then. */
const ENOUGH = 32;
/** Longest time that a batch waits for more mutations while a place is free, in milliseconds. */
export const GATHER_MS = 5;

/**
 * Whether a batch of so many mutations leaves now, with a place free; `awaited`: mutations under way that someone waits
 * for; `most`: so many a batch may have. Writers that come one by one, each over its own connection, would take every
 * place with a small batch, and stay apart: each job has a price of its own. So a batch gathers as many as are under way.
 */
export function isWorthLeaving(forming: number, awaited: number, most: number): boolean {
  return awaited <= FEW || forming >= Math.min(awaited, ENOUGH, most);
}

/**
 * How large batches may be for a store that is slower than the writes that come:
 *
 *   as large as their bound ─ a slow batch ─▶ half as large as that one was ─ a slow batch ─▶ half again …
 *            ▲                                   │
 *            └── … a quick batch: twice as large ┘
 *
 * With all places taken by large batches every write would wait for as long as they take, and so would those that come
 * after; with small ones the store has as much to do, and what it can't take goes the next way at once. Batches that
 * were under way when the size changed say nothing of the new one: one change per round of batches, as in TCP.
 */
export class BatchPace {
  readonly #slowMs: () => number;
  #most = Number.POSITIVE_INFINITY;
  #changedAt = 0;

  /** `slowMs`: a batch that takes longer is slow, in milliseconds; asked for each time. */
  constructor(slowMs: () => number) {
    this.#slowMs = slowMs;
  }

  /** Mutations that a batch may have now, at least 1 and at most the bound. */
  mutations(bound: number): number {
    return Math.min(bound, this.#most);
  }

  /**
   * A batch of so many mutations, which left then, has ended; `through`: it did not fail, for a failure may be quick
   * where nothing else is. `now` and `leftAt` in milliseconds of one clock.
   */
  ended(mutations: number, through: boolean, leftAt: number, now: number): void {
    if (leftAt < this.#changedAt) return;
    const tookMs = now - leftAt;
    const slowMs = this.#slowMs();
    if (tookMs > slowMs) this.#halve(mutations, now);
    else if (through && tookMs < QUICK_SHARE * slowMs) this.#change(2 * this.#most, now);
  }

  /** The same for one that failed, and tells by that alone that it asked for too much, however quickly it did. */
  failed(mutations: number, leftAt: number, now: number): void {
    if (leftAt >= this.#changedAt) this.#halve(mutations, now);
  }

  #halve(mutations: number, now: number): void {
    this.#change(Math.max(Math.floor(Math.min(this.#most, mutations) / 2), 1), now);
  }

  #change(most: number, now: number): void {
    if (most === this.#most) return;
    this.#most = most;
    this.#changedAt = now;
  }
}
