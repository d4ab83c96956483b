import type { Random } from './seeded-random.js';

/** Things with the share of each; the shares add up to 1. */
export interface Share<T> {
  readonly item: T;
  /** Above 0, at most 1. */
  readonly share: number;
}

/**
 * Scales weights so that they add up to 1; an item that comes twice gets the sum of its weights. Published
 * shares are rounded and leave out what is rare, so they seldom add up by themselves.
 *
 * @throws RangeError when there is nothing to choose from, or a weight is not a positive number
 */
export function normalised<T>(weights: Iterable<readonly [item: T, weight: number]>): Share<T>[] {
  const sums = new Map<T, number>();
  let total = 0;
  for (const [item, weight] of weights) {
    if (!(weight > 0 && Number.isFinite(weight)))
      throw new RangeError(`a share must be above 0, not ${weight}`);
    sums.set(item, (sums.get(item) ?? 0) + weight);
    total += weight;
  }
  if (sums.size === 0) throw new RangeError('no shares given');
  return [...sums].map(([item, weight]) => ({ item, share: weight / total }));
}

/**
 * Reads items with their shares, `item:share` each.
 * @param itemOf reads an item; undefined where it is none
 * @param example what a part has to be, in words
 * @throws RangeError that quotes the part it can't read
 */
export function parseShares<T>(
  parts: readonly string[],
  itemOf: (text: string) => T | undefined,
  example: string,
): Share<T>[] {
  const weights = parts
    .filter((part) => part !== '')
    .map((part) => {
      const [, text = '', share] = /^(.+):(\d+(?:\.\d+)?)$/.exec(part) ?? [];
      const item = itemOf(text);
      if (item === undefined) throw new RangeError(`"${part}" is not ${example}`);
      return [item, Number(share)] as const;
    });
  return normalised(weights);
}

/** Draws an item with the probability that is its share. `shares` must not be empty. */
export function choose<T>(shares: readonly Share<T>[], random: Random): T {
  let left = random();
  let last: Share<T> | undefined;
  for (const candidate of shares) {
    last = candidate;
    left -= candidate.share;
    if (left < 0) break;
  }
  // Rounding may leave a crumb of the last share; it belongs to the last item.
  if (last === undefined) throw new RangeError('no shares given');
  return last.item;
}
