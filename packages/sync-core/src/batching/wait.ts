import { BatchTimeoutError } from './batch-errors.js';
import type { Patience } from './patience.js';

/** Is told, once, what came of the mutation at this place of an offer; undefined: it is through. It offers nothing before it returns. */
export type Told = (place: number, error: unknown) => void;

/** The newest mutation of a key in a batch, with those who wait for it. */
export interface Entry<M> {
  mutation: M;
  bytes: number;
  readonly waiters: Waiter<M>[];
  /** How many of them still wait. */
  waiting: number;
  /** The batch it left in, which hears where no one waits for it any more; undefined while it is forming. */
  batch: { forsaken(): void } | undefined;
}

/** One mutation of an offer, that waits for the end of an entry. */
export interface Waiter<M> {
  readonly wait: Wait<M>;
  readonly told: Told;
  readonly place: number;
  /** Undefined once it was told. */
  entry: Entry<M> | undefined;
}

/**
 * Mutations that begin to wait in the same turn of the event loop, equally long: one timer does for all.
 *
 *   waiting ─▶ each is told when its batch is through, or has failed
 *      ├─ the time in a queue is up, and there is one ─▶ those left are told that it is
 *      └─ the whole time is up ─▶ the same
 */
export class Wait<M> {
  readonly patience: Patience;
  readonly #isBusy: () => boolean;
  readonly #forsaken: (entry: Entry<M>) => void;
  readonly #waiters: Waiter<M>[] = [];
  /** How many of them still wait. */
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `isBusy`: whether mutations wait in a queue; `forsaken` is told of an entry that no one waits for any more. */
  constructor(patience: Patience, isBusy: () => boolean, forsaken: (entry: Entry<M>) => void) {
    this.patience = patience;
    this.#isBusy = isBusy;
    this.#forsaken = forsaken;
  }

  /** One more begins to wait. */
  add(entry: Entry<M>, told: Told, place: number): void {
    const waiter: Waiter<M> = { wait: this, told, place, entry };
    entry.waiters.push(waiter);
    entry.waiting++;
    this.#waiters.push(waiter);
    this.#waiting++;
    this.#timer ??= setTimeout(() => this.#busyTimeUp(), this.patience.busyTimeoutMs);
  }

  /** Tells one of them what came of its entry, unless it was told before. */
  settle(waiter: Waiter<M>, error: unknown): void {
    if (waiter.entry === undefined) return;
    waiter.entry = undefined;
    if (--this.#waiting === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    waiter.told(waiter.place, error);
  }

  /** The time in a queue is up: they go on waiting only where there is none. */
  #busyTimeUp(): void {
    const { timeoutMs, busyTimeoutMs } = this.patience;
    if (this.#isBusy()) this.#timeUp();
    else this.#timer = setTimeout(() => this.#timeUp(), timeoutMs - busyTimeoutMs);
  }

  #timeUp(): void {
    const error = new BatchTimeoutError();
    for (const waiter of this.#waiters) {
      const { entry } = waiter;
      if (entry === undefined) continue;
      if (--entry.waiting === 0) this.#forsaken(entry);
      this.settle(waiter, error);
    }
  }
}
