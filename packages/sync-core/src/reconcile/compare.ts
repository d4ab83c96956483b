import type { Cache, CachedPair } from '../cache/cache.js';
import { isPresent, type ShadowDocument } from '../store/shadow-document.js';
import type { ShadowStore } from '../store/shadow-store.js';

/** How a key differs: the shadow or the pair is missing, or both are there and don't agree. */
export type DifferenceKind = 'missing-shadow' | 'extra-shadow' | 'value' | 'version' | 'expiry';

/** A key on which cache and shadow don't agree. */
export interface Difference {
  readonly key: string;
  readonly kind: DifferenceKind;
  readonly cacheVersion?: number;
  readonly shadowVersion?: number;
}

/** The outcome of a comparison. */
export interface Comparison {
  /** Keys looked at: every pair, and every shadow without one. */
  readonly compared: number;
  /** Keys that differ. */
  readonly differing: number;
  /** The first of them, {@link MAX_DIFFERENCES} at most. */
  readonly differences: readonly Difference[];
}

/** What a comparison reads. */
export interface CompareOptions {
  readonly cache: Pick<Cache, 'scan' | 'look'>;
  readonly shadows: Pick<ShadowStore, 'findMany' | 'all'>;
  /** Told now and then how many keys were looked at. */
  readonly onProgress?: (compared: number) => void;
}

const PAGE = 500;
const MAX_DIFFERENCES = 1000;

/**
 * Compares every pair with its shadow, and looks for shadows without a pair. A difference is looked at twice before it
 * counts, since a mutation may be under way. Meant for a system at rest: under load, what is in a queue for longer than
 * the second look takes is a difference.
 */
export async function compareStores({ cache, shadows, onProgress }: CompareOptions): Promise<Comparison> {
  let compared = 0;
  let differing = 0;
  const differences: Difference[] = [];
  const check = async (keys: string[]) => {
    const suspects = await differencesOf(keys, cache, shadows);
    const confirmed =
      suspects.length === 0
        ? []
        : await differencesOf(
            suspects.map(({ key }) => key),
            cache,
            shadows,
          );
    differing += confirmed.length;
    differences.push(...confirmed.slice(0, MAX_DIFFERENCES - differences.length));
    compared += keys.length;
    onProgress?.(compared);
  };

  // SCAN may name a key twice; the shadows come in order and only once, so most keys are counted on that side.
  for await (const page of shadows.all(PAGE)) await check(page.map((shadow) => shadow._id));
  let cursor = '0';
  do {
    const page = await cache.scan('', cursor, PAGE);
    cursor = page.cursor;
    const keys = [...new Set(page.keys)];
    const shadowed = new Set((await shadows.findMany(keys)).map((shadow) => shadow._id));
    const unseen = keys.filter((key) => !shadowed.has(key));
    if (unseen.length > 0) await check(unseen);
  } while (cursor !== '0');
  return { compared, differing, differences };
}

async function differencesOf(
  keys: readonly string[],
  cache: CompareOptions['cache'],
  shadows: CompareOptions['shadows'],
): Promise<Difference[]> {
  const [{ pairs }, found] = await Promise.all([cache.look(keys), shadows.findMany(keys)]);
  const byKey = new Map(found.map((shadow) => [shadow._id, shadow]));
  const now = Date.now();
  return keys.flatMap((key, index) => {
    const difference = differenceOf(key, pairs[index], byKey.get(key), now);
    return difference === undefined ? [] : [difference];
  });
}

/** How a pair and its shadow differ, if they do. `now`: milliseconds since 1970. */
export function differenceOf(
  key: string,
  pair: CachedPair | undefined,
  shadow: ShadowDocument | undefined,
  now: number,
): Difference | undefined {
  const present = shadow !== undefined && isPresent(shadow, now);
  if (pair === undefined) {
    return present ? { key, kind: 'extra-shadow', shadowVersion: Number(shadow.version) } : undefined;
  }
  const cacheVersion = pair.version;
  // A pair whose expiry is this moment may be gone on one side only.
  if (shadow === undefined || !present) {
    return pair.expireAt !== undefined && pair.expireAt <= now
      ? undefined
      : { key, kind: 'missing-shadow', cacheVersion };
  }
  const shadowVersion = Number(shadow.version);
  const differs = (kind: DifferenceKind): Difference => ({ key, kind, cacheVersion, shadowVersion });
  if (cacheVersion !== shadowVersion) return differs('version');
  if (pair.value !== shadow.lastValue) return differs('value');
  if (pair.expireAt !== shadow.expireAt?.getTime()) return differs('expiry');
  return undefined;
}
