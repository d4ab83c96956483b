import type { CachedPair } from '../cache/cached-pair.js';
import { isShadow, type ShadowDocument } from '../store/shadow-document.js';
import { Budget, type TaskBounds } from './budget.js';
import { Candidates, type SecondLookStores } from './candidates.js';
import { type Difference, differenceOf } from './difference.js';
import type { VerifyStores } from './verify.js';

/** Both sides of one key, and whether they agree. */
export interface KeyReport {
  /** `UNDECIDED`: a mutation of its slot did not arrive in time, or the key kept changing. */
  readonly state: 'IN_SYNC' | 'DIFFERS' | 'UNDECIDED';
  /** How it differs; absent unless it does. */
  readonly difference?: Difference;
  /** As last seen. */
  readonly pair: CachedPair | undefined;
  /** A foreign document in its place is none. */
  readonly shadow: ShadowDocument | undefined;
  /** The time on Redis' clock then, in milliseconds since 1970. */
  readonly now: number;
}

const BETWEEN_LOOKS_MS = 50;

/** How long to wait for what is on its way to a key, and what ends the wait: see {@link TaskBounds}. */
export type KeyPatience = Pick<TaskBounds, 'patienceMs' | 'signal'>;

/** Compares one key; a difference counts after a second look. @throws what the stores throw */
export async function verifyKey(
  stores: SecondLookStores & Pick<VerifyStores, 'cache'>,
  key: string,
  patience: KeyPatience,
): Promise<KeyReport> {
  const look = async () => {
    const { pairs, times, horizons } = await stores.cache.look([key]);
    const [document] = await stores.shadows.findMany([key]);
    const shadow = document !== undefined && isShadow(document) ? document : undefined;
    return { seen: { pair: pairs[0], shadow, now: times[0] ?? 0 }, document, horizons };
  };
  const { document, horizons, seen } = await look();
  const first = differenceOf(key, seen.pair, document, seen.now);
  if (first === undefined) return { state: 'IN_SYNC', ...seen };
  const budget = new Budget(patience);
  const candidates = new Candidates(stores, stores.cache.slots, () => budget.waitMs);
  candidates.add([first], horizons, 0);
  let verdicts = await candidates.lookAgain();
  while (candidates.size > 0 && !budget.ended) {
    await budget.pause(BETWEEN_LOOKS_MS);
    verdicts = await candidates.lookAgain();
  }
  const { seen: last } = await look();
  const [confirmed] = verdicts.confirmed;
  if (confirmed !== undefined) return { state: 'DIFFERS', difference: confirmed.difference, ...last };
  return { state: verdicts.undecided + candidates.size > 0 ? 'UNDECIDED' : 'IN_SYNC', ...last };
}
