import type { Cache, CachedPair } from '@hybrid-sync/sync-core';
import { CommandError } from '../command-failure.js';

/** Keys that are read together, at most. */
const MOST_TOGETHER = 1024;
/** Bytes of values that one answer holds at most. */
const MOST_BYTES = 64 * 1024 * 1024;
/** An answer that may hold more bytes is measured before it is read. */
const MEASURED_FROM = 16 * 1024 * 1024;
/** One that holds more bytes is read when it is the next that its client gets. */
const LARGE = 1024 * 1024;

/** A key that is to be read, and whoever waits for it. */
interface Wanted {
  readonly key: string;
  readonly resolve: (pair: CachedPair | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Reads pairs: what is asked for in one turn of the event loop, by all connections, is read together. */
export class Pairs {
  readonly #cache: Pick<Cache, 'getMany' | 'bytesOf'>;
  readonly #maxValueBytes: number;
  #wanted: Wanted[] = [];

  /** `maxValueBytes`: bytes of the largest value. */
  constructor(cache: Pick<Cache, 'getMany' | 'bytesOf'>, maxValueBytes: number) {
    this.#cache = cache;
    this.#maxValueBytes = maxValueBytes;
  }

  /** The pair of a key. @throws CacheUnavailableError */
  load(key: string): Promise<CachedPair | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#wanted.length === 0) setImmediate(() => this.#read());
      this.#wanted.push({ key, resolve, reject });
    });
  }

  /** The pairs of several keys, in their order. @throws CacheUnavailableError */
  loadAll(keys: readonly string[]): Promise<(CachedPair | undefined)[]> {
    return Promise.all(keys.map((key) => this.load(key)));
  }

  /**
   * The same for one answer that holds all of them. `next`: resolves when the client has taken the answers before it.
   * @throws CommandError where it would be too large
   */
  async loadTogether(
    keys: readonly string[],
    next: () => Promise<void>,
  ): Promise<(CachedPair | undefined)[]> {
    const mayBeLarge = keys.length * this.#maxValueBytes > MEASURED_FROM;
    const bytes = mayBeLarge ? await this.#cache.bytesOf(keys) : 0;
    if (bytes > MOST_BYTES) {
      throw new CommandError(`ERR the values hold ${bytes} bytes together; ask for at most ${MOST_BYTES}`);
    }
    if (bytes > LARGE) await next();
    return this.loadAll(keys);
  }

  #read(): void {
    const wanted = this.#wanted;
    this.#wanted = [];
    for (let at = 0; at < wanted.length; at += MOST_TOGETHER) {
      const some = wanted.slice(at, at + MOST_TOGETHER);
      this.#cache.getMany(some.map(({ key }) => key)).then(
        (pairs) => {
          for (const [index, { resolve }] of some.entries()) resolve(pairs[index]);
        },
        (error: unknown) => {
          for (const { reject } of some) reject(error);
        },
      );
    }
  }
}
