import type { Brought, SyncAnswer, SyncMethod } from '@hybrid-sync/sync-core';

/** Keys that are remembered of one connection because their shadows may lack a write, at most. */
const MOST_KEYS = 10_000;
/** What those keys take together at most, in characters. */
const MOST_CHARACTERS = 1024 * 1024;

/** A write that its shadow may lack. */
export interface OwnWrite {
  readonly key: string;
  readonly version: number;
}

/** A write of which it is still to be told how far it got behind its answer. */
export interface NotedWrite {
  /** Is told that. */
  brought(brought: Brought): void;
}

/** A write whose shadow may lack it, as the connection knows it. */
class OpenWrite implements NotedWrite {
  readonly key: string;
  readonly version: number;
  /** It had to make room; what comes of it behind its answer is still heard. */
  forgotten = false;
  /** Those that had to make room since the connection began, when it was noted. */
  readonly others: { count: number };
  readonly #writes: OwnWrites;

  constructor({ key, version }: OwnWrite, others: { count: number }, writes: OwnWrites) {
    this.key = key;
    this.version = version;
    this.others = others;
    this.#writes = writes;
  }

  brought(brought: Brought): void {
    this.#writes.brought(this, brought);
  }
}

/** What a connection wrote, as far as it is not known to be in the shadows. */
export class OwnWrites {
  /** The newest version of each key, in the order of the writes. */
  readonly #open = new Map<string, OpenWrite>();
  #characters = 0;
  #last: SyncMethod | undefined;
  /** The write that `#last` is of. */
  #lastWrite: OpenWrite | undefined;
  /** Writes that had to make room, and are not known to have reached their shadows. */
  #forgotten = { count: 0 };

  /** How far the last write got, as far as is known now; undefined before the first. */
  get method(): SyncMethod | undefined {
    return this.#last;
  }

  /** The writes that shadows may lack; undefined where there were too many to be remembered. */
  get open(): readonly OwnWrite[] | undefined {
    if (this.#forgotten.count > 0) return undefined;
    return Array.from(this.#open, ([key, { version }]) => ({ key, version }));
  }

  /** Takes note of a write that was answered; what is returned is told how far it gets, where the answer does not tell it. */
  note(answer: SyncAnswer): NotedWrite | undefined {
    const { key, version, method, synced } = answer;
    this.#last = method;
    this.#lastWrite = undefined;
    if (method === 'ASYNC_THREAD') {
      this.reached(key, version);
      return undefined;
    }
    this.#close(key);
    const write = new OpenWrite(answer, this.#forgotten, this);
    this.#lastWrite = write;
    this.#open.set(key, write);
    this.#characters += key.length;
    while (this.#open.size > MOST_KEYS || this.#characters > MOST_CHARACTERS) this.#forgetOldest();
    void synced?.then((brought) => write.brought(brought));
    return write;
  }

  /** It is known how far a write got behind its answer. */
  brought(write: OpenWrite, { method }: Brought): void {
    if (this.#lastWrite === write) this.#last = method;
    if (method !== 'ASYNC_THREAD') return;
    if (write.forgotten) write.others.count--;
    else this.reached(write.key, write.version);
  }

  /** The shadow of a key is known to have this version. */
  reached(key: string, version: number): void {
    const write = this.#open.get(key);
    if (write !== undefined && write.version <= version) this.#close(key);
  }

  /** Begins anew. */
  forget(): void {
    this.#open.clear();
    this.#characters = 0;
    this.#last = undefined;
    this.#lastWrite = undefined;
    this.#forgotten = { count: 0 };
  }

  #close(key: string): void {
    if (this.#open.delete(key)) this.#characters -= key.length;
  }

  #forgetOldest(): void {
    const [oldest] = this.#open;
    if (oldest === undefined) return;
    const [key, write] = oldest;
    this.#close(key);
    write.forgotten = true;
    this.#forgotten.count++;
  }
}
