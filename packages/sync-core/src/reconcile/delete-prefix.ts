import { z } from 'zod';
import type { Cache } from '../cache/cache.js';
import type { CacheRestorer } from '../cache/cache-restorer.js';
import type { Journal } from '../cache/journal.js';
import { slotOf } from '../cache/keys.js';
import { HybridSyncError } from '../errors.js';
import type { HybridSync } from '../hybrid-sync.js';
import type { MutationOrigin } from '../mutation.js';
import { isPresent } from '../store/shadow-document.js';
import type { ShadowHead } from '../store/shadow-reader.js';
import type { ShadowStore } from '../store/shadow-store.js';
import { Budget, StoreAwayError, type TaskBounds } from './budget.js';
import { inGroups } from './in-groups.js';
import { decodeCursor, encodeCursor } from './verify-cursor.js';
import { endReason } from './watch-arrival.js';

/** What a delete by prefix reads. */
export interface PrefixStores {
  readonly cache: Pick<Cache, 'scan' | 'without' | 'slots'>;
  readonly shadows: Pick<ShadowStore, 'heads'>;
  readonly restorer: Pick<CacheRestorer, 'raiseClocks'>;
  /** For the time on Redis' clock, by which pairs expire. */
  readonly journal: Pick<Journal, 'now'>;
}

/** What to delete, and within which bounds. */
export interface PrefixOptions extends Pick<TaskBounds, 'budgetMs' | 'signal'> {
  /** What the keys start with. */
  readonly prefix: string;
  /** Whether to delete; else it is a dry run, which counts. */
  readonly apply: boolean;
  /** Who deletes. */
  readonly origin: MutationOrigin;
  /** Where to go on: the cursor of a report that was not complete. */
  readonly cursor?: string | undefined;
  /** Told after each page. */
  readonly onProgress?: ((progress: PrefixProgress) => void) | undefined;
}

/** What was found and deleted. */
export interface PrefixCounts {
  /** Keys found. One may be found twice. */
  readonly keys: number;
  /** Those of them of which the cache has no pair. */
  readonly shadowOnly: number;
  /** Keys deleted; 0 in a dry run. */
  readonly deleted: number;
}

/** How far a call is. */
export interface PrefixProgress extends PrefixCounts {
  /** Where a next call would go on, should this one be given up; absent at the end. */
  readonly cursor?: string;
}

/** What one call found, and did. */
export interface PrefixReport extends PrefixProgress {
  readonly complete: boolean;
  /** The first keys found, at most 20. */
  readonly samples: readonly string[];
  /** Why the call ended before its time. */
  readonly stopped?: string;
  readonly seconds: number;
}

/** How long a store that does not answer is waited for, in milliseconds. */
const PATIENCE_MS = 2000;
/** Shadows that are looked at together, without their values. */
const PAGE_SHADOWS = 500;
/** Keys that are deleted at the same time; few enough for a page to end soon after the budget did. */
const AT_ONCE = 100;
const MAX_SAMPLES = 20;
const UNSEEN = 'the shadow store did not answer; keys that it alone has are still to be deleted';

const position = z.union([
  z.strictObject({ phase: z.literal('shadows'), after: z.string().optional(), prefix: z.string() }),
  z.strictObject({
    phase: z.literal('pairs'),
    scan: z.string(),
    unseen: z.string().optional(),
    prefix: z.string(),
  }),
]);
type Position =
  | { readonly phase: 'shadows'; readonly after?: string | undefined }
  /** `unseen`: from behind this one on the shadows could not be read. */
  | { readonly phase: 'pairs'; readonly scan: string; readonly unseen?: string | undefined };

/**
 * Deletes all keys with a prefix, each by a delete like any client's; clients may write meanwhile. First, in the order of
 * the keys, those that only the shadow store has, since they were evicted or lost; then those of the cache, by SCAN. Where
 * MongoDB is away those of the cache are deleted all the same, and the cursor leads back to the others.
 * @throws InvalidInputError for a cursor that is none
 */
export async function deletePrefix(
  stores: PrefixStores,
  sync: Pick<HybridSync, 'delete'>,
  options: PrefixOptions,
): Promise<PrefixReport> {
  return new PrefixDelete(stores, sync, options).run();
}

/** A delete was refused: the call ends, and the next one takes its page again. */
class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

class PrefixDelete {
  readonly #stores: PrefixStores;
  readonly #sync: Pick<HybridSync, 'delete'>;
  readonly #options: PrefixOptions;
  readonly #budget: Budget;
  readonly #counts = { keys: 0, shadowOnly: 0, deleted: 0 };
  readonly #samples: string[] = [];
  #at: Position | 'end';

  constructor(stores: PrefixStores, sync: Pick<HybridSync, 'delete'>, options: PrefixOptions) {
    this.#stores = stores;
    this.#sync = sync;
    this.#options = options;
    const { budgetMs, signal, cursor, prefix } = options;
    this.#budget = new Budget({ budgetMs, signal, patienceMs: PATIENCE_MS });
    this.#at = cursor === undefined ? { phase: 'shadows' } : decodeCursor(cursor, prefix, position);
  }

  async run(): Promise<PrefixReport> {
    let stopped: string | undefined;
    try {
      while (this.#at !== 'end' && !this.#budget.spent) {
        const found = this.#counts.keys;
        if (this.#at.phase === 'shadows') await this.#shadowsBehind(this.#at.after);
        else if (!(await this.#pairsFrom(this.#at.scan, this.#at.unseen))) {
          stopped = UNSEEN;
          break;
        }
        this.#options.onProgress?.({ ...this.#counts, ...this.#goOn() });
        await this.#budget.used(this.#counts.keys - found);
      }
    } catch (error) {
      stopped = error instanceof RefusedError ? error.message : endReason(error);
    }
    return {
      complete: this.#at === 'end',
      ...this.#goOn(),
      ...this.#counts,
      samples: this.#samples,
      ...(stopped === undefined ? {} : { stopped }),
      seconds: this.#budget.seconds,
    };
  }

  #goOn(): { cursor?: string } {
    return this.#at === 'end' ? {} : { cursor: encodeCursor(this.#at, this.#options.prefix) };
  }

  /** A page of the shadows: keys that are there and that the cache has no pair of. */
  async #shadowsBehind(after: string | undefined): Promise<void> {
    const page = await this.#readShadows(after);
    if (page === undefined) {
      this.#at = { phase: 'pairs', scan: '0', unseen: after ?? '' };
      return;
    }
    const { cache, journal } = this.#stores;
    // That of one slot does for all: a delete of what has just expired changes nothing for anyone.
    const now = await this.#budget.insist(() => journal.now(0));
    const present = page.shadows.filter((shadow) => isPresent(shadow, now));
    const absent = new Set(await this.#budget.insist(() => cache.without(present.map(({ _id }) => _id))));
    const alone = present.filter(({ _id }) => absent.has(_id));
    this.#found(alone.map(({ _id }) => _id));
    this.#counts.shadowOnly += alone.length;
    if (this.#options.apply && alone.length > 0) {
      await this.#raiseClocks(alone);
      await this.#delete(
        alone.map(({ _id }) => _id),
        () => true,
      );
    }
    this.#at =
      page.after === undefined ? { phase: 'pairs', scan: '0' } : { phase: 'shadows', after: page.after };
  }

  /** Undefined where MongoDB does not answer. */
  async #readShadows(after: string | undefined) {
    const { shadows } = this.#stores;
    try {
      return await this.#budget.insist(() => shadows.heads(this.#options.prefix, after, PAGE_SHADOWS));
    } catch (error) {
      if (error instanceof StoreAwayError) return undefined;
      throw error;
    }
  }

  /** A page of the cache's keys. Returns false where these were the last, and shadows are still to be looked at. */
  async #pairsFrom(scan: string, unseen: string | undefined): Promise<boolean> {
    const { prefix, apply } = this.#options;
    const page = await this.#budget.insist(() => this.#stores.cache.scan(prefix, scan, AT_ONCE));
    this.#found(page.keys);
    // A key that comes twice is not there the second time.
    if (apply) await this.#delete(page.keys, ({ existed }) => existed);
    const isLast = page.cursor === '0';
    if (!isLast) this.#at = { phase: 'pairs', scan: page.cursor, unseen };
    else this.#at = unseen === undefined ? 'end' : { phase: 'shadows', after: unseen };
    return !isLast || unseen === undefined;
  }

  #found(keys: readonly string[]): void {
    this.#counts.keys += keys.length;
    this.#samples.push(...keys.slice(0, MAX_SAMPLES - this.#samples.length));
  }

  /** Above what the shadows have, also where Redis lost its clocks and its time went back: no delete may be stale. */
  async #raiseClocks(shadows: readonly ShadowHead[]): Promise<void> {
    const { cache, restorer } = this.#stores;
    const highest = new Map<number, number>();
    for (const { _id, version } of shadows) {
      const slot = slotOf(_id, cache.slots);
      highest.set(slot, Math.max(Number(version), highest.get(slot) ?? 0));
    }
    await this.#budget.insist(() => restorer.raiseClocks(highest));
  }

  /**
   * Deletes keys, and counts those of which the answer `counts`. @throws RefusedError for the first delete that was refused,
   * once the others of its group are done
   */
  async #delete(keys: readonly string[], counts: (answer: { existed: boolean }) => boolean): Promise<void> {
    for (const group of inGroups(keys, AT_ONCE)) {
      const ends = await Promise.allSettled(group.map((key) => this.#sync.delete(key, this.#options.origin)));
      const done = ends.filter((end) => end.status === 'fulfilled');
      this.#counts.deleted += done.filter(({ value }) => counts(value)).length;
      const refused = ends.find((end) => end.status === 'rejected');
      if (refused === undefined) continue;
      if (!(refused.reason instanceof HybridSyncError)) throw refused.reason;
      throw new RefusedError(refused.reason.message);
    }
  }
}
