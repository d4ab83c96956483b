import type { Random } from './seeded-random.js';

/**
 * Draws ranks 1…n with probability proportional to rank^-alpha: Zipf's law for alpha > 0, uniform for 0. The law is summed up
 * once, in 8 bytes for each rank; each draw is looked up in the sums by bisection.
 *
 * @param n number of ranks, a whole number from 1
 * @param alpha exponent, from 0
 * @throws RangeError for anything else
 */
export function zipfSampler(n: number, alpha: number, random: Random): () => number {
  if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`a Zipf law needs at least one rank, not ${n}`);
  if (!(alpha >= 0 && Number.isFinite(alpha)))
    throw new RangeError(`a Zipf exponent must be 0 or more, not ${alpha}`);
  const sums = new Float64Array(n);
  let total = 0;
  for (let rank = 1; rank <= n; rank++) {
    total += rank ** -alpha;
    sums[rank - 1] = total;
  }
  return () => {
    // Above 0 and at most the total, so that there is always a rank whose sum reaches it.
    const drawn = (1 - random()) * total;
    let low = 1;
    let high = n;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((sums[middle - 1] ?? total) >= drawn) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
