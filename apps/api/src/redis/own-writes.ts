import type { SyncAnswer, SyncMethod } from '@hybrid-sync/sync-core';

/** Keys that are remembered of one connection because their shadows may lack a write, at most. */
const MOST_KEYS = 10_000;

/** A write that its shadow may lack. */
export interface OwnWrite {
  readonly key: string;
  readonly version: number;
}

/** What a connection wrote, as far as it is not known to be in the shadows. */
export class OwnWrites {
  /** The newest version of each key, in the order of the writes. */
  readonly #open = new Map<string, number>();
  #last: SyncMethod | undefined;
  /** The write that `#last` is of. */
  #lastAnswer: SyncAnswer | undefined;
  #forgot = false;

  /** How far the last write got, as far as is known now; undefined before the first. */
  get method(): SyncMethod | undefined {
    return this.#last;
  }

  /** The writes that shadows may lack; undefined where there were too many to be remembered. */
  get open(): readonly OwnWrite[] | undefined {
    return this.#forgot ? undefined : Array.from(this.#open, ([key, version]) => ({ key, version }));
  }

  /** Takes note of a write that was answered. */
  note(answer: SyncAnswer): void {
    const { key, version, method, synced } = answer;
    this.#last = method;
    this.#lastAnswer = answer;
    if (method === 'ASYNC_THREAD') {
      this.reached(key, version);
      return;
    }
    this.#open.delete(key);
    this.#open.set(key, version);
    if (this.#open.size > MOST_KEYS) this.#forgetOldest();
    void synced?.then((brought) => {
      if (this.#lastAnswer === answer) this.#last = brought.method;
      if (brought.method === 'ASYNC_THREAD') this.reached(key, version);
    });
  }

  /** The shadow of a key is known to have this version. */
  reached(key: string, version: number): void {
    if ((this.#open.get(key) ?? version + 1) <= version) this.#open.delete(key);
  }

  /** Begins anew. */
  forget(): void {
    this.#open.clear();
    this.#last = undefined;
    this.#lastAnswer = undefined;
    this.#forgot = false;
  }

  #forgetOldest(): void {
    const [oldest] = this.#open.keys();
    if (oldest !== undefined) this.#open.delete(oldest);
    this.#forgot = true;
  }
}
