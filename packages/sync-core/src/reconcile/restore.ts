import { z } from 'zod';
import type { CacheRestorer, Moments, RestoreOutcomes } from '../cache/cache-restorer.js';
import { isShadow, mutationOfShadow } from '../store/shadow-document.js';
import type { ShadowPage } from '../store/shadow-reader.js';
import type { ShadowStore } from '../store/shadow-store.js';
import { Budget, type TaskBounds } from './budget.js';
import { decodeCursor, encodeCursor } from './verify-cursor.js';
import { endReason, RENEW_WATCH_MS, type WatchedStores, watchUntilArrived } from './watch-arrival.js';

/** What a restore reads and writes. */
export interface RestoreStores extends WatchedStores {
  readonly shadows: Pick<ShadowStore, 'page' | 'highestVersions' | 'estimatedCount'>;
  readonly restorer: Pick<CacheRestorer, 'watch' | 'restore' | 'raiseClocks'>;
}

/** What to restore, and within which bounds. */
export interface RestoreOptions extends TaskBounds {
  /** Only keys that start with this; all unless given. */
  readonly prefix?: string | undefined;
  /** Where to go on: the cursor of a report that was not complete. */
  readonly cursor?: string | undefined;
  /** Told after each page. */
  readonly onProgress?: ((progress: RestoreProgress) => void) | undefined;
}

/** How far a restore has come. */
export interface RestoreProgress {
  /** First the clocks are raised above all versions there are, then the pairs come back. */
  readonly phase: 'clocks' | 'pairs';
  /** Shadows looked at in this phase, by all calls so far. */
  readonly shadows: number;
  /** About how many shadows there are, of all prefixes. */
  readonly expected: number;
  readonly keysPerSecond: number;
  /** About how long this phase still takes, in seconds. */
  readonly secondsLeft: number;
  /** Where a next call would go on, should this one be given up; absent at the end. */
  readonly cursor?: string;
}

/** What one call did. */
export interface RestoreReport {
  /** Whether everything was restored; else `cursor` is where the next call goes on. */
  readonly complete: boolean;
  readonly cursor?: string;
  /** Shadows looked at, after the clocks were raised. */
  readonly shadows: number;
  /** Pairs brought back. */
  readonly restored: number;
  /** Pairs removed, older than a delete or an expiry that the shadow knows of: Redis came back with old data. */
  readonly removed: number;
  /** Keys of which the cache knew something as new or newer. */
  readonly newer: number;
  /** Deleted and expired ones. */
  readonly leftOut: number;
  /**
   * Documents in the place of shadows that are none, and what lies in the place of pairs and is none: all left alone.
   * Verifying names the keys.
   */
  readonly foreign: number;
  /** Why the call ended before its time: a store did not answer, or the outbox did not drain. */
  readonly stopped?: string;
  readonly seconds: number;
  readonly keysPerSecond: number;
}

type Position =
  | { readonly phase: 'clocks'; readonly after?: string | undefined; readonly done: number }
  | { readonly phase: 'pairs'; readonly after?: string | undefined; readonly done: number };

const position = z.strictObject({
  phase: z.enum(['clocks', 'pairs']),
  after: z.string().optional(),
  done: z.int().min(0),
  prefix: z.string(),
});

const PAGE = 2000;
/** Shadows whose highest versions MongoDB works out at once; takes it some hundred milliseconds. */
const CLOCKS_PAGE = 50_000;

/**
 * Fills the cache again from the shadows, after Redis came back empty or with old data, while clients read and write:
 * whatever is newest of a key stays. Pairs keep version and expiry; what was deleted or has expired is left out.
 *
 *   raise all clocks above all versions ─▶ watch, wait for what is on its way ─▶ shadows, page by page ─▶ cache
 *                                              ▲                                        │
 *                                              └───────────── every 45 s ───────────────┘
 * @throws InvalidInputError for a cursor that is none
 */
export async function restore(stores: RestoreStores, options: RestoreOptions = {}): Promise<RestoreReport> {
  return new Restoration(stores, options).run();
}

class Restoration {
  readonly #stores: RestoreStores;
  readonly #options: RestoreOptions;
  readonly #prefix: string;
  readonly #budget: Budget;
  readonly #counts = { shadows: 0, restored: 0, removed: 0, newer: 0, leftOut: 0, foreign: 0 };
  #at: Position | 'end';
  #expected = 0;
  #phaseStart: { readonly done: number; readonly seconds: number };

  constructor(stores: RestoreStores, options: RestoreOptions) {
    this.#stores = stores;
    this.#options = options;
    this.#prefix = options.prefix ?? '';
    const { prefix: _, ...at } =
      options.cursor === undefined
        ? { phase: 'clocks' as const, done: 0, prefix: '' }
        : decodeCursor(options.cursor, this.#prefix, position);
    this.#at = at;
    this.#phaseStart = { done: at.done, seconds: 0 };
    this.#budget = new Budget(options);
  }

  async run(): Promise<RestoreReport> {
    let stopped: string | undefined;
    try {
      this.#expected = await this.#budget.insist(() => this.#stores.shadows.estimatedCount());
      await this.#raiseClocks();
      await this.#restorePairs();
    } catch (error) {
      stopped = endReason(error);
    }
    const { seconds } = this.#budget;
    return {
      complete: this.#at === 'end',
      ...this.#cursor,
      ...this.#counts,
      ...(stopped === undefined ? {} : { stopped }),
      seconds,
      keysPerSecond: this.#counts.shadows / seconds,
    };
  }

  async #raiseClocks(): Promise<void> {
    while (this.#at !== 'end' && this.#at.phase === 'clocks' && !this.#budget.spent) {
      const { after, done } = this.#at;
      const part = await this.#budget.insist(() => this.#stores.shadows.highestVersions(after, CLOCKS_PAGE));
      await this.#budget.insist(() => this.#stores.restorer.raiseClocks(part.versions));
      this.#at = { phase: 'clocks', after: part.after, done: done + part.shadows };
      this.#progress();
      await this.#budget.used(0);
      if (part.after !== undefined) continue;
      this.#at = { phase: 'pairs', done: 0 };
      this.#phaseStart = { done: 0, seconds: this.#budget.seconds };
    }
  }

  async #restorePairs(): Promise<void> {
    while (this.#at !== 'end' && this.#at.phase === 'pairs' && !this.#budget.spent) {
      const since = await watchUntilArrived(this.#stores, this.#budget);
      await this.#restoreUntil(since, performance.now() + RENEW_WATCH_MS);
    }
  }

  /** Restores pages under one watch, the next page read ahead; ends early when the watch had a gap. */
  async #restoreUntil(since: Moments, renewAt: number): Promise<void> {
    const read = (after: string | undefined): Promise<ShadowPage> => {
      const page = this.#budget.insist(() =>
        this.#stores.shadows.page(this.#prefix, after, this.#budget.page(PAGE)),
      );
      page.catch(() => undefined); // it is awaited later, or not at all when the call ends
      return page;
    };
    let next = read(this.#at === 'end' ? undefined : this.#at.after);
    while (this.#at !== 'end' && performance.now() < renewAt && !this.#budget.spent) {
      const page = await next;
      if (page.after !== undefined) next = read(page.after);
      const mutations = page.shadows.filter(isShadow).map(mutationOfShadow);
      const outcomes = await this.#budget.insist(() => this.#stores.restorer.restore(mutations, since));
      if ([...outcomes.values()].includes('unwatched')) return this.#budget.used(0);
      this.#count(outcomes);
      this.#counts.foreign += page.shadows.length - mutations.length;
      const done = this.#at.done + page.shadows.length;
      this.#at = page.after === undefined ? 'end' : { phase: 'pairs', after: page.after, done };
      this.#progress(done);
      await this.#budget.used(page.shadows.length);
    }
  }

  #count(outcomes: RestoreOutcomes): void {
    this.#counts.shadows += outcomes.size;
    for (const outcome of outcomes.values()) {
      if (outcome === 'absent') this.#counts.leftOut++;
      else if (outcome !== 'unwatched') this.#counts[outcome]++;
    }
  }

  #progress(done = this.#at === 'end' ? this.#expected : this.#at.done): void {
    const seconds = this.#budget.seconds - this.#phaseStart.seconds;
    // At the end one knows better than the estimate.
    if (this.#at === 'end') this.#expected = done;
    const keysPerSecond = (done - this.#phaseStart.done) / Math.max(seconds, 0.001);
    this.#options.onProgress?.({
      phase: this.#at === 'end' ? 'pairs' : this.#at.phase,
      shadows: done,
      expected: this.#expected,
      keysPerSecond,
      secondsLeft: Math.max(0, this.#expected - done) / Math.max(keysPerSecond, 1),
      ...this.#cursor,
    });
  }

  get #cursor(): { cursor?: string } {
    return this.#at === 'end' ? {} : { cursor: encodeCursor(this.#at, this.#prefix) };
  }
}
