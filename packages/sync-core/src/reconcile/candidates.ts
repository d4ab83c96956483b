import type { Cache } from '../cache/cache.js';
import { slotOf } from '../cache/keys.js';
import type { Look } from '../cache/pair-look.js';
import type { ShadowStore } from '../store/shadow-store.js';
import { Arrival, type Ways } from './arrival.js';
import { type Difference, differenceOf } from './difference.js';
import { inGroups } from './in-groups.js';

/** What second looks need. */
export interface SecondLookStores extends Ways {
  readonly cache: Pick<Cache, 'look'>;
  readonly shadows: Pick<ShadowStore, 'findMany'>;
}

/** A difference that stays. */
export interface Confirmed {
  readonly difference: Difference;
  /** The page that it was found on. */
  readonly page: number;
}

/** What became of candidates. */
export interface Verdicts {
  readonly confirmed: readonly Confirmed[];
  /** Keys of which one can't say: their slot's mutations did not arrive in time, or they kept changing. */
  readonly undecided: number;
}

interface Candidate {
  readonly slot: number;
  readonly first: Difference;
  /** Every mutation that the first look can have missed has a version up to this one. */
  readonly horizon: number;
  /** When its slot counts as stuck, on the process's own clock in milliseconds. */
  readonly giveUpAt: number;
  readonly round: number;
  /** The page it was found on; pages are numbered in their order. */
  readonly page: number;
}

/** Candidates whose values are in memory at once, both sides of them. */
const LOOKED_AT_AT_ONCE = 100;
/** First looks at a key that keeps changing. */
const MAX_ROUNDS = 4;

/**
 * Differences that were seen once. Each is looked at again when everything that was on its way at the first look has
 * arrived:
 *
 *   seen once ─ agrees now, or the shadow has what the cache had then ─▶ nothing
 *      │      ─ differs as before, or the shadow still lacks it ──────▶ confirmed
 *      │      ─ differs in another way ───────────────────────────────▶ seen once (a few times)
 *      └──────── its slot's journal or outbox does not drain in time ──▶ undecided
 */
export class Candidates {
  readonly #stores: SecondLookStores;
  readonly #slots: number;
  readonly #patienceMs: () => number;
  #waiting: Candidate[] = [];

  /** `patienceMs`: how long a candidate that is added now may wait for its slot. */
  constructor(stores: SecondLookStores, slots: number, patienceMs: () => number) {
    this.#stores = stores;
    this.#slots = slots;
    this.#patienceMs = patienceMs;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** The first page that has candidates left; undefined for none. */
  get firstPage(): number | undefined {
    const [first] = this.#waiting;
    return first && this.#waiting.reduce((lowest, { page }) => Math.min(lowest, page), first.page);
  }

  /** Adds what was seen now on a page; `horizons`: by slot, no mutation that was given by now has a higher version. */
  add(differences: readonly Difference[], horizons: Look['horizons'], page: number): void {
    this.#push(differences, horizons, 1, page);
  }

  /** Looks at all of them again, once. @throws what the stores throw; nothing is forgotten then */
  async lookAgain(): Promise<Verdicts> {
    const arrival = await Arrival.look(this.#stores);
    // What is foreign is so whatever is on its way, which can't arrive there.
    const ready = this.#waiting.filter(
      ({ slot, horizon, first }) => first.kind === 'foreign-document' || arrival.hasAll(slot, horizon),
    );
    const confirmed: Confirmed[] = [];
    const again: (Candidate & Pick<Look, 'horizons'>)[] = [];
    let undecided = 0;
    for (const group of inGroups(ready, LOOKED_AT_AT_ONCE)) {
      for (const { candidate, second, horizons } of await this.#look(group)) {
        if (second === undefined) continue;
        if (isConfirmed(candidate.first, second))
          confirmed.push({ difference: second, page: candidate.page });
        else if (second.kind === 'shadow-missing' || second.kind === 'shadow-behind') continue;
        else if (candidate.round === MAX_ROUNDS) undecided++;
        else again.push({ ...candidate, first: second, horizons });
      }
    }
    const at = performance.now();
    const done = new Set(ready);
    const left = this.#waiting.filter((candidate) => !done.has(candidate));
    this.#waiting = left.filter(({ giveUpAt }) => giveUpAt > at);
    undecided += left.length - this.#waiting.length;
    for (const { first, round, page, horizons } of again) this.#push([first], horizons, round + 1, page);
    return { confirmed, undecided };
  }

  async #look(candidates: readonly Candidate[]) {
    const keys = candidates.map(({ first }) => first.key);
    const [{ pairs, times, horizons }, found] = await Promise.all([
      this.#stores.cache.look(keys),
      this.#stores.shadows.findMany(keys),
    ]);
    const shadows = new Map(found.map((shadow) => [shadow._id, shadow]));
    return candidates.map((candidate, index) => {
      const { key } = candidate.first;
      const second = differenceOf(key, pairs[index], shadows.get(key), times[index] ?? 0);
      return { candidate, second, horizons };
    });
  }

  #push(differences: readonly Difference[], horizons: Look['horizons'], round: number, page: number): void {
    const giveUpAt = performance.now() + this.#patienceMs();
    for (const first of differences) {
      const slot = slotOf(first.key, this.#slots);
      const horizon = Math.max(horizons.get(slot) ?? 0, first.cacheVersion ?? 0);
      this.#waiting.push({ slot, first, horizon, giveUpAt, round, page });
    }
  }
}

/** Whether a second look, after all that the first one can have missed has arrived, shows a difference that stays. */
function isConfirmed(first: Difference, second: Difference): boolean {
  const unmoved =
    first.kind === second.kind &&
    first.cacheVersion === second.cacheVersion &&
    first.shadowVersion === second.shadowVersion;
  const shadowLacks = (second.shadowVersion ?? 0) < (first.cacheVersion ?? 0);
  const cacheLacks = second.cacheVersion !== undefined && second.cacheVersion < (first.shadowVersion ?? 0);
  return unmoved || shadowLacks || cacheLacks;
}
