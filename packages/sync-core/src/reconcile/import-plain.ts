import { z } from 'zod';
import type { Cache } from '../cache/cache.js';
import { type Moments, momentFor } from '../cache/cache-restorer.js';
import type { SetInput } from '../cache/write-inputs.js';
import { PreconditionFailedError, UnwatchedError } from '../errors.js';
import type { HybridSync } from '../hybrid-sync.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import type { ShadowStore } from '../store/shadow-store.js';
import { Budget, type TaskBounds } from './budget.js';
import { type LeftOut, type PlainKey, type PlainTerms, readPlain, sortPlain } from './plain-keys.js';
import { reservedAmong } from './reserved-names.js';
import { decodeCursor, encodeCursor } from './verify-cursor.js';
import { endReason, RENEW_WATCH_MS, type WatchedStores, watchUntilArrived } from './watch-arrival.js';

/** What an import reads and writes. */
export interface ImportStores extends WatchedStores {
  /** The Redis of the cache, in which the plain keys are, too. */
  readonly redis: CacheConnection;
  readonly cache: Pick<Cache, 'slots'>;
  readonly shadows: Pick<ShadowStore, 'without'>;
}

/** What to import, and within which bounds. */
export interface ImportOptions extends TaskBounds, PlainTerms {
  /** Glob pattern of the keys, as SCAN takes it. */
  readonly match: string;
  /** Whether to import; else it is a dry run, which writes nothing. */
  readonly apply: boolean;
  /** Names of importable keys that the report holds, and of ones that were left out. */
  readonly samples: number;
  /** Where to go on: the cursor of a report that was not complete. */
  readonly cursor?: string | undefined;
  /** First part of this deployment's own keys. */
  readonly namespace: string;
  /** Told after each page how far the call is. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
}

/** What became of the keys that matched. */
export interface ImportCounts {
  readonly seen: number;
  /** Left alone: of any hybrid-sync namespace, or of a BullMQ queue. */
  readonly reserved: number;
  /** The system does not know them: imported, or in a dry run as far as the shadows tell. */
  readonly importable: number;
  /** Written as pairs, journaled and synced like any other write. */
  readonly imported: number;
  /** Left alone: the system has, or had, a pair of that key. */
  readonly known: number;
  /** Left out: of a type that is not taken. */
  readonly otherTypes: number;
  /** Left out: too long, no text where there has to be one, or expired before they were read. */
  readonly unfit: number;
}

/** How far a call is. */
export interface ImportProgress extends ImportCounts {
  /** Where a next call would go on, should this one be given up; absent at the end. */
  readonly cursor?: string;
}

/** What one call did. */
export interface ImportReport extends ImportCounts {
  readonly applied: boolean;
  readonly complete: boolean;
  readonly cursor?: string;
  /** Names of the first importable keys. */
  readonly samples: readonly string[];
  /** The first ones that were left out. */
  readonly leftOut: readonly LeftOut[];
  /** Why the call ended before its time. */
  readonly stopped?: string;
  readonly seconds: number;
  readonly keysPerSecond: number;
}

const position = z.strictObject({ scan: z.string(), prefix: z.string() });
const PAGE = 500;
/**
 * Takes plain Redis strings, documents of RedisJSON, and hashes if asked to, over as pairs, each by a write like any
 * client's, only where the system never heard of the key; expiries are kept to the millisecond. The plain keys stay as they
 * are. An import that is repeated, or goes on after an end, changes nothing of what is there. Keys of any hybrid-sync
 * namespace and of BullMQ queues are left alone.
 * Without `apply` nothing is written, and nothing on its way is waited for. Clients may set and delete the same keys meanwhile:
 *
 *   watch ─▶ wait until what was on its way by then is in the shadows ─▶ no shadow? ─▶ set, unless the watch, asked in
 *                                                                                     the same script, knows the key
 * @throws InvalidInputError for a cursor that is none
 */
export async function importPlain(
  stores: ImportStores,
  sync: Pick<HybridSync, 'set'>,
  options: ImportOptions,
): Promise<ImportReport> {
  return new Import(stores, sync, options).run();
}

class Import {
  readonly #stores: ImportStores;
  readonly #sync: Pick<HybridSync, 'set'>;
  readonly #options: ImportOptions;
  readonly #budget: Budget;
  readonly #counts = {
    seen: 0,
    reserved: 0,
    importable: 0,
    imported: 0,
    known: 0,
    otherTypes: 0,
    unfit: 0,
  };
  readonly #samples: string[] = [];
  readonly #leftOut: LeftOut[] = [];
  #scan: string;
  #watch: { readonly since: Moments; readonly renewAt: number } | undefined;

  constructor(stores: ImportStores, sync: Pick<HybridSync, 'set'>, options: ImportOptions) {
    this.#stores = stores;
    this.#sync = sync;
    this.#options = options;
    this.#budget = new Budget(options);
    const { cursor, match } = options;
    this.#scan = cursor === undefined ? '0' : decodeCursor(cursor, match, position).scan;
  }

  async run(): Promise<ImportReport> {
    const { match, onProgress, apply } = this.#options;
    const budget = this.#budget;
    const goOn = () => (complete ? {} : { cursor: encodeCursor({ scan: this.#scan }, match) });
    let complete = false;
    let stopped: string | undefined;
    try {
      while (!complete && !budget.spent) {
        const [next, names] = await budget.insist(() =>
          this.#stores.redis.scanPage(this.#scan, { match, count: budget.scanPage(PAGE) }),
        );
        if (names.length > 0) await this.#importPage(names);
        this.#scan = next;
        complete = next === '0';
        onProgress?.({ ...this.#counts, ...goOn() });
        await budget.used(names.length);
      }
    } catch (error) {
      stopped = endReason(error);
    }
    return {
      applied: apply,
      complete,
      ...goOn(),
      ...this.#counts,
      samples: this.#samples,
      leftOut: this.#leftOut,
      ...(stopped === undefined ? {} : { stopped }),
      seconds: budget.seconds,
      keysPerSecond: this.#counts.seen / budget.seconds,
    };
  }

  async #importPage(names: readonly string[]): Promise<void> {
    const { redis } = this.#stores;
    const { namespace, apply } = this.#options;
    const found = [...new Set(names)];
    const reserved = await this.#budget.insist(() => reservedAmong(redis, found, namespace));
    const keys = found.filter((name) => !reserved.has(name));
    this.#counts.seen += found.length;
    this.#counts.reserved += reserved.size;
    const { groups, leftOut } = await this.#budget.insist(() => sortPlain(redis, keys, this.#options));
    this.#leaveOut(leftOut);
    for (const group of groups) {
      const read = await this.#budget.insist(() => readPlain(redis, group, this.#options));
      this.#leaveOut(read.leftOut);
      let left = read.pairs;
      if (!apply) await this.#planUnknown(left);
      else while (left.length > 0) left = await this.#importUnknown(left);
    }
  }

  #leaveOut(keys: readonly LeftOut[]): void {
    const others = keys.filter(({ otherType }) => otherType).length;
    this.#counts.otherTypes += others;
    this.#counts.unfit += keys.length - others;
    this.#leftOut.push(...keys.slice(0, this.#options.samples - this.#leftOut.length));
  }

  /** Counts those that the shadows don't know, and changes nothing. */
  async #planUnknown(plain: readonly PlainKey[]): Promise<void> {
    const names = plain.map(({ key }) => key);
    const without = await this.#budget.insist(() => this.#stores.shadows.without(names));
    this.#counts.known += plain.length - without.length;
    for (const key of without) this.#importable(key);
  }

  #importable(key: string): void {
    this.#counts.importable++;
    if (this.#samples.length < this.#options.samples) this.#samples.push(key);
  }

  /** Imports those that the system never heard of. Returns those of which the watch, which had a gap, can't tell. */
  async #importUnknown(plain: readonly PlainKey[]): Promise<PlainKey[]> {
    const since = await this.#watched();
    const names = plain.map(({ key }) => key);
    const without = new Set(await this.#budget.insist(() => this.#stores.shadows.without(names)));
    this.#counts.known += plain.length - without.size;
    const unwatched: PlainKey[] = [];
    const writes = plain
      .filter(({ key }) => without.has(key))
      .map(async (pair) => {
        const unheardOfSince = momentFor(pair.key, since, this.#stores.cache.slots);
        const outcome = await this.#budget.insist(() => this.#write({ ...pair, unheardOfSince }));
        if (outcome === 'unwatched') unwatched.push(pair);
        else this.#counts[outcome]++;
        if (outcome === 'imported') this.#importable(pair.key);
      });
    const failure = (await Promise.allSettled(writes)).find(({ status }) => status === 'rejected');
    if (failure?.status === 'rejected') throw failure.reason;
    if (unwatched.length > 0) this.#watch = undefined;
    return unwatched;
  }

  async #write(input: SetInput): Promise<'imported' | 'known' | 'unwatched'> {
    try {
      await this.#sync.set(input);
      return 'imported';
    } catch (error) {
      if (error instanceof PreconditionFailedError) return 'known';
      if (error instanceof UnwatchedError) return 'unwatched';
      throw error;
    }
  }

  /** A moment since which all slots are watched, and up to which everything has arrived in the shadows. */
  async #watched(): Promise<Moments> {
    if (this.#watch === undefined || performance.now() >= this.#watch.renewAt) {
      const renewAt = performance.now() + RENEW_WATCH_MS;
      const since = await watchUntilArrived(this.#stores, this.#budget);
      this.#watch = { since, renewAt };
    }
    return this.#watch.since;
  }
}
