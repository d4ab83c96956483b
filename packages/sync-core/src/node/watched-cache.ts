import type { Cache } from '../cache/cache.js';
import type { CacheWrites } from '../cache/cache-writes.js';
import { slotOf } from '../cache/keys.js';
import { failureName } from '../control/failure-name.js';
import type { WriteHealth } from '../control/write-health.js';
import { CacheUnavailableError, JournalFullError } from '../errors.js';

/** What is about the key, its slot or the call itself: other writes may well succeed. */
const ABOUT_THE_KEY: ReadonlySet<string> = new Set(['ERR', 'WRONGTYPE', 'TypeError', 'RangeError']);

/** Who is told of the outcome of writes. */
export interface WriteWatchers {
  readonly health: Pick<WriteHealth, 'written' | 'notWritten'>;
  /** Is told of each write, whatever becomes of it. */
  readonly wrote: () => void;
  /** Is told of each slot that did not take a write. */
  readonly doubt: (slot: number) => void;
}

/** The cache's writes, of each of which is told whether it was applied. What a condition refuses says nothing. */
export function watchedCache(cache: Cache, { health, wrote, doubt }: WriteWatchers): CacheWrites {
  const failed = (key: string, error: unknown, startedAt: number) => {
    if (!(error instanceof JournalFullError || error instanceof CacheUnavailableError)) return;
    doubt(slotOf(key, cache.slots));
    const cause = failureName(error);
    if (!ABOUT_THE_KEY.has(cause)) health.notWritten(cause, startedAt);
  };
  const watched = async <Answer>(key: string, write: () => Promise<Answer>): Promise<Answer> => {
    wrote();
    const startedAt = performance.now();
    try {
      const answer = await write();
      health.written();
      return answer;
    } catch (error) {
      failed(key, error, startedAt);
      throw error;
    }
  };
  const writeMany: CacheWrites['writeMany'] = async (inputs) => {
    for (let each = 0; each < inputs.length; each++) wrote();
    const startedAt = performance.now();
    const written = await cache.writeMany(inputs);
    for (const [place, one] of written.entries()) {
      if (one instanceof Error) failed(inputs[place]?.key ?? '', one, startedAt);
      else health.written();
    }
    return written;
  };
  return {
    set: (input) => watched(input.key, () => cache.set(input)),
    setIf: (input) => watched(input.key, () => cache.setIf(input)),
    writeMany,
    delete: (key, options) => watched(key, () => cache.delete(key, options)),
    setAllIfAbsent: (input) => watched(input.pairs[0]?.key ?? '', () => cache.setAllIfAbsent(input)),
    getAndDelete: (input) => watched(input.key, () => cache.getAndDelete(input)),
    expire: (input) => watched(input.key, () => cache.expire(input)),
    expireIf: (input) => watched(input.key, () => cache.expireIf(input)),
    append: (input) => watched(input.key, () => cache.append(input)),
    increment: (input) => watched(input.key, () => cache.increment(input)),
    incrementFloat: (input) => watched(input.key, () => cache.incrementFloat(input)),
    resync: (key, options) => watched(key, () => cache.resync(key, options)),
  };
}
