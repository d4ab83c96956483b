import { EXPIRY_MARGIN_MS, type Ledger, type WrittenKey } from '../load/ledger.js';
import type { StoredPair, StoredShadow, SyncStores } from '../sync-stores.js';

/** How an acknowledged mutation is missing. */
export interface LostWrite {
  readonly key: string;
  /** The highest version that was acknowledged for the key. */
  readonly version: number;
  readonly where: 'cache' | 'shadow';
  /** What is there instead. */
  readonly found: string;
}

/** The outcome of {@link findLostWrites}. */
export interface LostWriteCheck {
  /** Keys with an acknowledged write that were looked up. */
  readonly checked: number;
  readonly lost: number;
  /** The first of them, ten at most. */
  readonly first: readonly LostWrite[];
}

/** What {@link findLostWrites} needs. */
export interface LostWriteOptions {
  readonly ledger: Pick<Ledger, 'written' | 'valueText'>;
  readonly stores: Pick<SyncStores, 'pairs' | 'shadows' | 'purgeGraceMs'>;
  /** The time by which the pair of a key expires, in milliseconds since 1970; this machine's unless given. */
  readonly now?: ((key: string) => number) | undefined;
  /** Told how many keys were looked up so far. */
  readonly onProgress: (checked: number) => void;
}

const PAGE = 500;
const MOST_LISTED = 10;

/**
 * Looks up every key this run wrote, against what the service acknowledged to this run and not against each
 * other: were a mutation lost on both sides, cache and shadow would still agree. To be called at rest.
 */
export async function findLostWrites({
  ledger,
  stores,
  now: time = Date.now,
  onProgress,
}: LostWriteOptions): Promise<LostWriteCheck> {
  const first: LostWrite[] = [];
  let checked = 0;
  let lost = 0;
  const check = async (page: readonly WrittenKey[]) => {
    const keys = page.map(({ key }) => key);
    const [pairs, shadows] = await Promise.all([stores.pairs(keys), stores.shadows(keys)]);
    page.forEach((written, at) => {
      const loss = judgeWrite(written, pairs[at], shadows[at], {
        now: time(written.key),
        purgeGraceMs: stores.purgeGraceMs,
        valueText: ledger.valueText,
      });
      if (loss === undefined) return;
      lost++;
      if (first.length < MOST_LISTED) first.push(loss);
    });
    checked += page.length;
    onProgress(checked);
  };
  let page: WrittenKey[] = [];
  for (const written of ledger.written()) {
    if (written.acknowledged === undefined) continue;
    page.push(written);
    if (page.length === PAGE) {
      await check(page);
      page = [];
    }
  }
  if (page.length > 0) await check(page);
  return { checked, lost, first };
}

/** What {@link judgeWrite} measures by. */
export interface WriteYardstick {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly purgeGraceMs: number;
  readonly valueText: (number: number, bytes: number) => string;
}

/**
 * Whether a key's newest acknowledged mutation, version V, is where it must be. The shadow must have V or a
 * newer version; with V itself, also V's value or its absence. So must the cache, but that a deleted or
 * expired pair is gone there, and that with a newer mutation in the shadow (one whose answer was lost) that
 * one decides what the cache holds, which the comparison of both sides looks at.
 */
export function judgeWrite(
  { key, acknowledged }: WrittenKey,
  pair: StoredPair | undefined,
  shadow: StoredShadow | undefined,
  { now, purgeGraceMs, valueText }: WriteYardstick,
): LostWrite | undefined {
  if (acknowledged === undefined) return undefined;
  const { version, set, expireAt } = acknowledged;
  const lostIn = (where: LostWrite['where'], found: string): LostWrite => ({ key, version, where, found });
  if (shadow === undefined) {
    // A delete's version is its time in microseconds, unless Redis' clock went back: then it is later.
    const goneAt = set === undefined ? version / 1000 : (expireAt ?? Number.POSITIVE_INFINITY);
    return now > goneAt + purgeGraceMs - EXPIRY_MARGIN_MS ? undefined : lostIn('shadow', 'nothing');
  }
  if (shadow.version < version) return lostIn('shadow', `version ${shadow.version}`);
  if (shadow.version > version) return undefined;
  const value = set === undefined ? null : valueText(set.number, set.valueBytes);
  if (shadow.value !== value) return lostIn('shadow', `another value under version ${version}`);

  if (pair === undefined) {
    const mayBeGone = set === undefined || now > (expireAt ?? Number.POSITIVE_INFINITY) - EXPIRY_MARGIN_MS;
    return mayBeGone ? undefined : lostIn('cache', 'nothing');
  }
  if (pair.version < version) return lostIn('cache', `version ${pair.version}`);
  if (pair.version === version && pair.value !== value) {
    return lostIn('cache', value === null ? 'a pair under the version that deleted it' : 'another value');
  }
  return undefined;
}
