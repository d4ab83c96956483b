import type { Random } from './seeded-random.js';

/**
 * Draws ranks 1…n with probability proportional to rank^-alpha: Zipf's law for alpha > 0, uniform for 0.
 *
 * Rejection-inversion: W. Hörmann, G. Derflinger, "Rejection-Inversion to Generate Variates from Monotone
 * Discrete Distributions", ACM TOMACS 6(3), 1996, pp. 169-184. A point is drawn under the continuous hat
 * x^-alpha by inverting its integral, rounded to a rank, and kept unless it lies above that rank's bar. No
 * table: constant memory, constant expected time (under 1.2 draws each), exact for every alpha >= 0, 1
 * included.
 *
 * @param n number of ranks, a whole number from 1
 * @param alpha exponent, from 0
 * @throws RangeError for anything else
 */
export function zipfSampler(n: number, alpha: number, random: Random): () => number {
  if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`a Zipf law needs at least one rank, not ${n}`);
  if (!(alpha >= 0 && Number.isFinite(alpha)))
    throw new RangeError(`a Zipf exponent must be 0 or more, not ${alpha}`);
  const exponent = 1 - alpha;
  const bar = (rank: number) => rank ** -alpha;
  // The first rank's bar is taken whole, instead of the hat over it, which would be unbounded for large
  // exponents.
  const low = hatIntegral(1.5, exponent) - bar(1);
  const high = hatIntegral(n + 0.5, exponent);
  // Up to this distance below a rank the hat lies under the bar of every rank, which saves computing the bar.
  const alwaysUnder = 2 - inverseHatIntegral(hatIntegral(2.5, exponent) - bar(2), exponent);
  return () => {
    for (;;) {
      const area = high + random() * (low - high);
      const point = inverseHatIntegral(area, exponent);
      const rank = Math.min(Math.max(Math.round(point), 1), n);
      if (rank - point <= alwaysUnder || area >= hatIntegral(rank + 0.5, exponent) - bar(rank)) return rank;
    }
  };
}

/**
 * The integral of x^(exponent-1) from 1 to x, in a form that stays exact as the exponent nears 0 and it
 * becomes ln x.
 */
function hatIntegral(x: number, exponent: number): number {
  const logarithm = Math.log(x);
  return logarithm * expm1Ratio(exponent * logarithm);
}

/** The x at which {@link hatIntegral} is `area`. */
function inverseHatIntegral(area: number, exponent: number): number {
  // Rounding may push the argument just past -1, where the logarithm ends.
  const scaled = Math.max(area * exponent, -1);
  return Math.exp(area * log1pRatio(scaled));
}

/** (e^x - 1) / x, 1 at 0. */
function expm1Ratio(x: number): number {
  return x === 0 ? 1 : Math.expm1(x) / x;
}

/** ln(1 + x) / x, 1 at 0. */
function log1pRatio(x: number): number {
  return x === 0 ? 1 : Math.log1p(x) / x;
}
