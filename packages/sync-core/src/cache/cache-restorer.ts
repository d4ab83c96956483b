import type { Mutation } from '../mutation.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';
import type { RestoreOutcome } from '../redis/scripts.js';
import { type CacheKeys, slotOf } from './keys.js';

/** How long a watch stands without being prolonged, in milliseconds. */
const WATCH_MS = 120_000;
/** How long a watch remembers a change, in microseconds. */
const REMEMBER = 120_000_000;
/** How long after a moment of {@link CacheRestorer.watch} one may restore by it: before any change since is forgotten. */
export const RESTORE_WITHIN_MS = 90_000;
/** Pairs, and bytes of values, in one script, so that clients never wait long for it; a larger value goes alone. */
const PAIRS_PER_SCRIPT = 200;
const BYTES_PER_SCRIPT = 1024 * 1024;

/** A moment by slot, each on the clock of the slot's server in microseconds since 1970. */
export type Moments = ReadonlyMap<number, number>;

/** The moment of a key's slot; where there is none, one that is too long ago to act by. */
export function momentFor(key: string, moments: Moments, slots: number): number {
  return moments.get(slotOf(key, slots)) ?? 0;
}

/** A moment from which on no mutation goes unnoticed. */
export interface Watch {
  /** When the watch stood. */
  readonly since: Moments;
  /** By slot: no version above it had been given by then. Versions of one slot may be ahead of those of the others. */
  readonly highestVersions: ReadonlyMap<number, number>;
}

/** What became of a batch of {@link CacheRestorer.restore}, by key. */
export type RestoreOutcomes = ReadonlyMap<string, RestoreOutcome | 'unwatched'>;

/**
 * Brings back into the cache what MongoDB holds and the cache lost, while clients read and write. A pair gets the
 * version that its shadow has: it is the same mutation, so nothing has to be journaled or synced.
 *
 *   watch ─▶ wait until what was on its way by then is in the shadows ─▶ read shadows ─▶ restore
 *
 * A key that the cache does not have may have been lost, or deleted by a client a moment ago. The shadows, read after
 * the wait, tell of deletes before the watch; the watch tells of those since.
 */
export class CacheRestorer {
  readonly #redis: CacheConnection;
  readonly #keys: CacheKeys;
  readonly #calls = redisCalls('restorer');

  constructor(redis: CacheConnection, keys: CacheKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Watches all slots for the next minute, or goes on doing so. @throws CacheUnavailableError */
  async watch(): Promise<Watch> {
    const replies = await this.#calls.ask('watching for changes', () =>
      this.#perSlot(async (slot) =>
        this.#redis
          .at(this.#keys.clock(slot))
          .hsWatch(
            this.#keys.clock(slot),
            this.#keys.changed(slot),
            this.#keys.journal(slot),
            WATCH_MS,
            REMEMBER,
          ),
      ),
    );
    return {
      since: new Map(replies.map(([now], slot) => [slot, Number(now)])),
      highestVersions: new Map(replies.map(([, highest], slot) => [slot, Number(highest)])),
    };
  }

  /**
   * Restores what shadows say wherever that is newer than what the cache knows of the key; a delete, or a set that has
   * expired, removes an older pair. `since`: a {@link Watch.since}; the shadows were read after everything up to its
   * `highestVersions` had arrived there. When it is longer ago than {@link RESTORE_WITHIN_MS}, or the watch had a gap,
   * the outcome is `unwatched` and nothing changed.
   * @throws CacheUnavailableError
   */
  async restore(shadows: readonly Mutation[], since: Moments): Promise<RestoreOutcomes> {
    const outcomes = new Map<string, RestoreOutcome | 'unwatched'>();
    const batches = batchesBySlot(shadows, this.#keys.slots).map(async ([slot, batch]) => {
      const keys = batch.map(({ key }) => this.#keys.pair(slot, key));
      const replies = await this.#redis
        .at(this.#keys.clock(slot))
        .hsRestore(
          keys.length + 3,
          this.#keys.clock(slot),
          this.#keys.changed(slot),
          this.#keys.journal(slot),
          ...keys,
          since.get(slot) ?? 0,
          RESTORE_WITHIN_MS * 1000,
          ...batch.flatMap(({ key, version, op, value, expireAt }) => [
            key,
            version,
            op,
            value ?? '',
            expireAt ?? '',
          ]),
        );
      batch.forEach(({ key }, index) => {
        outcomes.set(key, replies[index] ?? 'unwatched');
      });
    });
    await this.#calls.ask('restoring pairs', () => Promise.all(batches));
    return outcomes;
  }

  /** Moves the clocks of slots up to these versions where they are lower. @throws CacheUnavailableError */
  async raiseClocks(versions: ReadonlyMap<number, number>): Promise<void> {
    await this.#calls.ask('raising clocks', () =>
      Promise.all(
        Array.from(versions, async ([slot, version]) =>
          this.#redis
            .at(this.#keys.clock(slot))
            .hsRaiseClock(this.#keys.clock(slot), this.#keys.journal(slot), version),
        ),
      ),
    );
  }

  #perSlot<T>(ask: (slot: number) => Promise<T>): Promise<T[]> {
    return Promise.all(Array.from({ length: this.#keys.slots }, (_, slot) => ask(slot)));
  }
}

function batchesBySlot(shadows: readonly Mutation[], slots: number): [slot: number, batch: Mutation[]][] {
  const full: [number, Mutation[]][] = [];
  const open = new Map<number, { batch: Mutation[]; bytes: number }>();
  for (const shadow of shadows) {
    const slot = slotOf(shadow.key, slots);
    const { batch, bytes } = open.get(slot) ?? { batch: [], bytes: 0 };
    batch.push(shadow);
    const filled = bytes + Buffer.byteLength(shadow.value ?? '');
    if (batch.length < PAIRS_PER_SCRIPT && filled < BYTES_PER_SCRIPT)
      open.set(slot, { batch, bytes: filled });
    else {
      full.push([slot, batch]);
      open.delete(slot);
    }
  }
  return [...full, ...Array.from(open, ([slot, { batch }]): [number, Mutation[]] => [slot, batch])];
}
