import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../errors.js';

/** How much of a long task one call may do, and how fast. */
export interface TaskBounds {
  /** Keys after which the call ends, at the next page's end; no bound unless given. */
  readonly maxKeys?: number | undefined;
  /** Time after which the call ends, at the next page's end, in milliseconds; no bound unless given. */
  readonly budgetMs?: number | undefined;
  /** Keys per second at most; no bound unless given. */
  readonly keysPerSecond?: number | undefined;
  /**
   * How long to wait for what is on its way, and for a store that does not answer, in milliseconds; 30 s unless given.
   */
  readonly patienceMs?: number | undefined;
  /** Ends the task at the next page's end, as `budgetMs` does. */
  readonly signal?: AbortSignal | undefined;
}

/** Wait before asking a store again that did not answer, in milliseconds. */
const ASK_AGAIN_MS = 500;
const DEFAULT_PATIENCE_MS = 30_000;

/** A store did not answer for as long as the caller was ready to wait: the task can't go on now. */
export class StoreAwayError extends Error {
  override readonly name = 'StoreAwayError';
}

/** Keeps one call of a long task within its bounds. */
export class Budget {
  readonly patienceMs: number;
  readonly #bounds: TaskBounds;
  readonly #startedAt = performance.now();
  #keys = 0;

  constructor(bounds: TaskBounds) {
    this.#bounds = bounds;
    this.patienceMs = bounds.patienceMs ?? DEFAULT_PATIENCE_MS;
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** Whether the call has to end, and hand back how far it came. */
  get spent(): boolean {
    const { maxKeys, budgetMs, signal } = this.#bounds;
    return (
      signal?.aborted === true ||
      this.#keys >= (maxKeys ?? Number.POSITIVE_INFINITY) ||
      this.seconds * 1000 >= (budgetMs ?? Number.POSITIVE_INFINITY)
    );
  }

  /** Notes that so many keys were looked at, and waits as long as the rate asks for; not at all once ended. */
  async used(keys: number): Promise<void> {
    this.#keys += keys;
    const { keysPerSecond, signal } = this.#bounds;
    if (keysPerSecond === undefined || this.spent) return;
    const aheadMs = (this.#keys / keysPerSecond - this.seconds) * 1000;
    if (aheadMs > 1) await sleep(aheadMs, undefined, { signal }).catch(() => undefined);
  }

  /** Asks a store, again and again while it does not answer. @throws StoreAwayError in the end */
  async insist<T>(ask: () => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + this.patienceMs;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (this.#bounds.signal?.aborted === true || performance.now() >= giveUpAt)
          throw new StoreAwayError(reasonOf(error), { cause: error });
        await sleep(ASK_AGAIN_MS);
      }
    }
  }
}
