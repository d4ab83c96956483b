import type { Cache, CachedPair } from '@hybrid-sync/sync-core';
import DataLoader from 'dataloader';
import { CommandError } from '../command-failure.js';

/** Keys that are read by one call, at most: as many values of the largest kind are in memory then. */
const MOST_TOGETHER = 64;
/** Bytes of values that one answer holds at most. */
const MOST_BYTES = 64 * 1024 * 1024;
/** An answer that may hold more bytes is measured before it is read. */
const MEASURED_FROM = 16 * 1024 * 1024;
/** One that holds more bytes is read when it is the next that its client gets. */
const LARGE = 1024 * 1024;

/** Reads pairs: what is asked for in one turn of the event loop, by all connections, is one call. */
export class Pairs {
  readonly #cache: Pick<Cache, 'getMany' | 'bytesOf'>;
  readonly #maxValueBytes: number;
  readonly #loader: DataLoader<string, CachedPair | undefined>;

  /** `maxValueBytes`: bytes of the largest value. */
  constructor(cache: Pick<Cache, 'getMany' | 'bytesOf'>, maxValueBytes: number) {
    this.#cache = cache;
    this.#maxValueBytes = maxValueBytes;
    this.#loader = new DataLoader<string, CachedPair | undefined>((keys) => cache.getMany(keys), {
      cache: false,
      maxBatchSize: MOST_TOGETHER,
      batchScheduleFn: (read) => setImmediate(read),
    });
  }

  /** The pair of a key. @throws CacheUnavailableError */
  load(key: string): Promise<CachedPair | undefined> {
    return this.#loader.load(key);
  }

  /** The pairs of several keys, in their order. @throws CacheUnavailableError */
  loadAll(keys: readonly string[]): Promise<(CachedPair | undefined)[]> {
    return Promise.all(keys.map((key) => this.#loader.load(key)));
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
}
