import type { Cache } from '../cache/cache.js';
import type { Look } from '../cache/pair-look.js';
import type { KeyPage } from '../cache/pair-reader.js';
import type { ShadowPage } from '../store/shadow-reader.js';
import type { ShadowStore } from '../store/shadow-store.js';
import { Budget, type TaskBounds } from './budget.js';
import { Candidates, type SecondLookStores, type Verdicts } from './candidates.js';
import { type Difference, differenceOf, isGone } from './difference.js';
import { inGroups } from './in-groups.js';
import { encodeCursor, type VerifyPosition, verifyPosition } from './verify-cursor.js';
import { Findings, type VerifyProgress, type VerifyReport } from './verify-report.js';
import { endReason } from './watch-arrival.js';

/** What a verification reads. */
export interface VerifyStores extends SecondLookStores {
  readonly cache: Pick<Cache, 'look' | 'scan' | 'slots'>;
  readonly shadows: Pick<ShadowStore, 'findMany' | 'page' | 'without'>;
}

/** What to verify, and within which bounds. */
export interface VerifyOptions extends TaskBounds {
  /** Only keys that start with this; all unless given. */
  readonly prefix?: string | undefined;
  /** Where to go on: the cursor of a report that was not complete. */
  readonly cursor?: string | undefined;
  /** Differences that the report holds as samples; 100 unless given. */
  readonly samples?: number | undefined;
  /** Told after each page. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

const PAGE_SHADOWS = 2000;
const PAGE_PAIRS = 2000;
/** Pairs without a shadow whose values are in memory at once. */
const PAIRS_AT_ONCE = 100;
/** Candidates from which on no further page is read until they are settled. */
const MAX_SUSPECTS = 20_000;
/** Candidates that are looked at again while pages go on being read. */
const LOOK_AGAIN_AT = 2000;
/** Time between two looks at the same candidates, in milliseconds. */
const BETWEEN_LOOKS_MS = 250;

/**
 * What is done with differences that were confirmed, within the call's budget. Returns those that it left for the next
 * call, which then begins no later than where they were found.
 */
export type OnConfirmed = (
  differences: readonly Difference[],
  budget: Budget,
) => Promise<readonly Difference[]>;

/**
 * Compares cache and shadows, streaming both in bounded memory, beside any load. First the shadows in the order of
 * their keys, each page with its pairs, the next one read ahead; then the names of the pairs, to find those without a
 * shadow. A difference counts after a second look (see {@link Candidates}). `onConfirmed` is given what was confirmed.
 * @throws InvalidInputError for a cursor that is none, CacheUnavailableError never: see {@link VerifyReport.storeAway}
 */
export async function verify(
  stores: VerifyStores,
  options: VerifyOptions = {},
  onConfirmed: OnConfirmed = async () => [],
): Promise<VerifyReport> {
  return new Verification(stores, options, onConfirmed).run();
}

class Verification {
  readonly #stores: VerifyStores;
  readonly #options: VerifyOptions;
  readonly #prefix: string;
  readonly #budget: Budget;
  readonly #candidates: Candidates;
  readonly #onConfirmed: OnConfirmed;
  #at: VerifyPosition | 'end';
  /** Where the pages began that have candidates left, by number. */
  readonly #pages = new Map<number, VerifyPosition>();
  /** The first page with a confirmed difference that was left for the next call. */
  #firstUnmended: number | undefined;
  #page = 0;
  readonly #findings: Findings;

  constructor(stores: VerifyStores, options: VerifyOptions, onConfirmed: OnConfirmed) {
    this.#stores = stores;
    this.#options = options;
    this.#prefix = options.prefix ?? '';
    this.#at = verifyPosition(options.cursor, this.#prefix);
    this.#budget = new Budget(options);
    this.#candidates = new Candidates(stores, stores.cache.slots, () => this.#budget.waitMs);
    this.#onConfirmed = onConfirmed;
    this.#findings = new Findings(options.samples);
  }

  async run(): Promise<VerifyReport> {
    let storeAway: string | undefined;
    try {
      if (this.#phase === 'shadows') await this.#goThroughShadows();
      if (this.#phase === 'pairs') await this.#goThroughPairs();
      await this.#settle(0);
    } catch (error) {
      storeAway = endReason(error);
    }
    return this.#report(storeAway);
  }

  /** Where the next call goes on: what an end before its time leaves unsettled, or unmended, it looks at again. */
  get #goOn(): { cursor?: string } {
    const page = this.#firstPageLeft;
    const at = (page === undefined ? undefined : this.#pages.get(page)) ?? this.#at;
    return at === 'end' ? {} : { cursor: encodeCursor(at, this.#prefix) };
  }

  get #firstPageLeft(): number | undefined {
    const pages = [this.#candidates.firstPage, this.#firstUnmended].filter((page) => page !== undefined);
    return pages.length === 0 ? undefined : Math.min(...pages);
  }

  get #phase(): VerifyPosition['phase'] | 'end' {
    return this.#at === 'end' ? 'end' : this.#at.phase;
  }

  async #goThroughShadows(): Promise<void> {
    const read = (after: string | undefined): Promise<ShadowPage> => {
      const page = this.#budget.insist(() =>
        this.#stores.shadows.page(this.#prefix, after, this.#budget.page(PAGE_SHADOWS)),
      );
      page.catch(() => undefined); // it is awaited later, or not at all when the call ends
      return page;
    };
    let next = read(this.#at !== 'end' && this.#at.phase === 'shadows' ? this.#at.after : undefined);
    while (this.#phase === 'shadows' && !this.#budget.spent) {
      const page = await next;
      if (page.after !== undefined) next = read(page.after);
      await this.#compare(page);
      this.#at =
        page.after === undefined ? { phase: 'pairs', scan: '0' } : { phase: 'shadows', after: page.after };
      await this.#pageDone(page.shadows.length);
    }
  }

  async #compare({ shadows }: ShadowPage): Promise<void> {
    const keys = shadows.map(({ _id }) => _id);
    const { pairs, times, horizons } = await this.#budget.insist(() => this.#stores.cache.look(keys));
    const timeOf = (index: number) => times[index] ?? 0;
    this.#candidate(
      shadows.map((shadow, index) => differenceOf(shadow._id, pairs[index], shadow, timeOf(index))),
      horizons,
    );
    this.#findings.shadows += shadows.length;
    this.#findings.tombstones += shadows.filter((shadow, index) =>
      isGone(pairs[index], shadow, timeOf(index)),
    ).length;
  }

  async #goThroughPairs(): Promise<void> {
    const read = (scan: string): Promise<KeyPage> => {
      const page = this.#budget.insist(() =>
        this.#stores.cache.scan(this.#prefix, scan, this.#budget.scanPage(PAGE_PAIRS)),
      );
      page.catch(() => undefined); // it is awaited later, or not at all when the call ends
      return page;
    };
    let next = read(this.#at !== 'end' && this.#at.phase === 'pairs' ? this.#at.scan : '0');
    while (this.#phase === 'pairs' && !this.#budget.spent) {
      const page = await next;
      if (page.cursor !== '0') next = read(page.cursor);
      const keys = [...new Set(page.keys)];
      await this.#findWithoutShadow(keys);
      this.#findings.pairs += keys.length;
      this.#at = page.cursor === '0' ? 'end' : { phase: 'pairs', scan: page.cursor };
      await this.#pageDone(keys.length);
    }
  }

  async #findWithoutShadow(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const without = await this.#budget.insist(() => this.#stores.shadows.without(keys));
    if (without.length === 0) return;
    for (const group of inGroups(without, PAIRS_AT_ONCE)) {
      const { pairs, times, horizons } = await this.#budget.insist(() => this.#stores.cache.look(group));
      this.#candidate(
        group.map((key, index) => differenceOf(key, pairs[index], undefined, times[index] ?? 0)),
        horizons,
      );
    }
    this.#findings.withoutShadow += without.length;
  }

  #candidate(differences: readonly (Difference | undefined)[], horizons: Look['horizons']): void {
    const found = differences.filter((difference) => difference !== undefined);
    if (found.length === 0 || this.#at === 'end') return;
    this.#pages.set(this.#page, this.#at);
    this.#candidates.add(found, horizons, this.#page);
  }

  async #pageDone(keys: number): Promise<void> {
    this.#page++;
    if (this.#candidates.size >= MAX_SUSPECTS) await this.#settle(MAX_SUSPECTS / 2);
    else if (this.#candidates.size >= LOOK_AGAIN_AT) await this.#lookAgain();
    this.#options.onProgress?.({
      phase: this.#phase === 'shadows' ? 'shadows' : 'pairs',
      shadows: this.#findings.shadows,
      pairs: this.#findings.pairs,
      differences: this.#findings.differing,
      ...this.#goOn,
    });
    await this.#budget.used(keys);
  }

  async #settle(atMost: number): Promise<void> {
    while (this.#candidates.size > atMost && !this.#budget.ended) {
      await this.#lookAgain();
      if (this.#candidates.size > atMost) await this.#budget.pause(BETWEEN_LOOKS_MS);
    }
  }

  async #lookAgain(): Promise<void> {
    await this.#take(await this.#budget.insist(() => this.#candidates.lookAgain()));
  }

  #forgetPages(): void {
    const first = this.#firstPageLeft ?? this.#page;
    for (const page of this.#pages.keys()) if (page < first) this.#pages.delete(page);
  }

  async #take({ confirmed, undecided }: Verdicts): Promise<void> {
    this.#findings.undecided += undecided;
    const differences = confirmed.map(({ difference }) => difference);
    let left = new Set(differences);
    try {
      if (differences.length > 0) left = new Set(await this.#onConfirmed(differences, this.#budget));
    } finally {
      for (const { difference, page } of confirmed) {
        if (left.has(difference)) this.#firstUnmended = Math.min(page, this.#firstUnmended ?? page);
        else this.#findings.count(difference);
      }
      this.#forgetPages();
    }
  }

  #report(storeAway: string | undefined): VerifyReport {
    const unsettled = this.#candidates.size > 0 || storeAway !== undefined;
    const goOn = this.#goOn;
    return {
      complete: goOn.cursor === undefined,
      ...goOn,
      ...this.#findings.told(unsettled, this.#budget.seconds),
      ...(storeAway === undefined ? {} : { storeAway }),
    };
  }
}
