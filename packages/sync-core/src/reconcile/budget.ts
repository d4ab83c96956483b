import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError, reasonOf } from '../errors.js';
import { isOwnFault } from '../metrics/store-calls.js';

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
   * What is left of the budget bounds it, too.
   */
  readonly patienceMs?: number | undefined;
  /** Ends the task at once: what it has under way is not waited for, and the call hands back how far it came. */
  readonly signal?: AbortSignal | undefined;
}

/** Wait before asking a store again that did not answer, in milliseconds. */
const ASK_AGAIN_MS = 500;
const DEFAULT_PATIENCE_MS = 30_000;
/** A wait gets this long also at a budget's end, in milliseconds: without it a small budget would never get anywhere. */
const LEAST_WAIT_MS = 500;
/** Shortest pause between two looks, in milliseconds. */
const LEAST_PAUSE_MS = 50;
/** Least keys that Redis is asked to look at in one step of a SCAN: its own default. */
const LEAST_SCAN = 10;

/** A store did not answer for as long as the caller was ready to wait: the task can't go on now. */
export class StoreAwayError extends Error {
  override readonly name = 'StoreAwayError';
}

/** The task was told to end: what it was doing is given up, and how far it came is handed back. */
export class TaskEndedError extends Error {
  override readonly name = 'TaskEndedError';
}

/** Keeps one call of a long task within its bounds: pages, sleeps and waits fit into what is left of it. */
export class Budget {
  readonly #bounds: TaskBounds;
  readonly #patienceMs: number;
  readonly #startedAt = performance.now();
  #keys = 0;
  #begun = false;

  constructor(bounds: TaskBounds) {
    this.#bounds = bounds;
    this.#patienceMs = bounds.patienceMs ?? DEFAULT_PATIENCE_MS;
    // As many listen for the end as calls are under way; each takes its listener off again.
    if (bounds.signal !== undefined) setMaxListeners(0, bounds.signal);
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** Whether the call has to end, and hand back how far it came: not before one page, or no call would get anywhere. */
  get spent(): boolean {
    const { maxKeys } = this.#bounds;
    return (
      this.ended || (this.#begun && (this.#leftMs() <= 0 || (maxKeys !== undefined && this.#keys >= maxKeys)))
    );
  }

  /** Whether the task was told to end. */
  get ended(): boolean {
    return this.#bounds.signal?.aborted === true;
  }

  /** How long may be waited from now on for what is on its way, in milliseconds. */
  get waitMs(): number {
    return Math.min(this.#patienceMs, Math.max(this.#leftMs(), LEAST_WAIT_MS));
  }

  /** How many keys the next page may have: `most`, or what the rate allows in a second. */
  page(most: number): number {
    const { keysPerSecond } = this.#bounds;
    return keysPerSecond === undefined ? most : Math.min(most, Math.ceil(keysPerSecond));
  }

  /** {@link page} for a step of Redis' SCAN, which looks at keys that are none of ours, too. */
  scanPage(most: number): number {
    return Math.max(LEAST_SCAN, this.page(most));
  }

  /** Notes that so many keys were looked at, and waits as long as the rate asks for; not at all once ended. */
  async used(keys: number): Promise<void> {
    this.#keys += keys;
    this.#begun = true;
    const { keysPerSecond } = this.#bounds;
    if (keysPerSecond === undefined || this.spent) return;
    const aheadMs = (this.#keys / keysPerSecond - this.seconds) * 1000;
    if (aheadMs > 1) await this.pause(aheadMs);
  }

  /** Waits for so long, at most for what is left of the budget, and not at all once the task was told to end. */
  async pause(ms: number): Promise<void> {
    const { signal } = this.#bounds;
    const lengthMs = Math.min(ms, Math.max(this.#leftMs(), LEAST_PAUSE_MS));
    await sleep(lengthMs, undefined, { signal }).catch(() => undefined);
  }

  /**
   * Asks a store, again and again while it does not answer. @throws StoreAwayError in the end; TaskEndedError at once
   * when the task is told to end
   */
  async insist<T>(ask: () => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + this.waitMs;
    for (;;) {
      try {
        return await this.#unlessEnded(ask);
      } catch (error) {
        if (error instanceof TaskEndedError || error instanceof InvalidInputError || isOwnFault(error))
          throw error;
        if (performance.now() >= giveUpAt) throw new StoreAwayError(reasonOf(error), { cause: error });
        await sleep(ASK_AGAIN_MS, undefined, { signal: this.#bounds.signal }).catch(() => undefined);
      }
    }
  }

  async #unlessEnded<T>(ask: () => Promise<T>): Promise<T> {
    const { signal } = this.#bounds;
    if (signal === undefined) return ask();
    if (signal.aborted) throw new TaskEndedError();
    let stop = () => {};
    const ended = new Promise<never>((_, reject) => {
      stop = () => reject(new TaskEndedError());
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([ask(), ended]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #leftMs(): number {
    return (this.#bounds.budgetMs ?? Number.POSITIVE_INFINITY) - this.seconds * 1000;
  }
}
