import type { Random } from './seeded-random.js';
import { randomStream } from './seeded-random.js';

/**
 * Spread of value sizes: the standard deviation of the size's logarithm. About two in three lie within a
 * factor 1.8.
 */
export const SIZE_SIGMA = 0.6;

/** No value is larger than this many times the mean. */
export const MAX_SIZE_RATIO = 10;

/**
 * Draws value sizes around a mean: 1 byte plus a log-normal part. The table gives means only; sizes in real
 * caches are skewed like this, many small and a few large (Atikoglu et al., "Workload Analysis of a
 * Large-Scale Key-Value Store", SIGMETRICS 2012). The log-normal's own mean is e^(mu + sigma²/2), so mu is
 * chosen to make it the part above 1; the cut at {@link MAX_SIZE_RATIO} times the mean takes less than a
 * thousandth off it. Fractions are rounded at random, up or down, which keeps the mean of small sizes right.
 *
 * @param meanBytes from 1; exactly 1 makes every value one byte
 */
export function sizeSampler(meanBytes: number, random: Random): () => number {
  const above = meanBytes - 1;
  if (above <= 0) return () => 1;
  const mu = Math.log(above) - SIZE_SIGMA ** 2 / 2;
  const largest = Math.max(Math.floor(meanBytes * MAX_SIZE_RATIO), 1);
  return () => {
    const drawn = 1 + Math.exp(mu + SIZE_SIGMA * standardNormal(random));
    return Math.min(Math.floor(drawn + random()), largest);
  };
}

/**
 * A draw from the standard normal distribution. G. Box, M. Muller, "A Note on the Generation of Random Normal
 * Deviates", 1958.
 */
function standardNormal(random: Random): number {
  // 1 - u is never 0, which the logarithm could not take.
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Bytes of random text that values are cut from. */
const POOL_BYTES = 1 << 16;

/**
 * Makes the values of a run from their number and size alone. A check can so make a value again instead of
 * keeping it, and two values of the run differ wherever their size leaves room for the number (from about 5
 * bytes).
 */
export class ValueMaker {
  readonly #pool: string;

  constructor(seed: string) {
    const random = randomStream(seed, 'value text');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    this.#pool = Array.from(
      { length: POOL_BYTES },
      () => alphabet[Math.floor(random() * alphabet.length)],
    ).join('');
  }

  /**
   * The value's text, ASCII, `bytes` long.
   * @param number the request that sets it, from 0
   * @param bytes from 1
   */
  value(number: number, bytes: number): string {
    // The low digits come first: short values then differ from one request to the next.
    const head = `${[...number.toString(36)].reverse().join('')}.`;
    let text = head;
    // A prime step spreads the places where values begin over the whole pool.
    for (let from = (number * 7919) % POOL_BYTES; text.length < bytes; from = 0) {
      text += this.#pool.slice(from, from + bytes - text.length);
    }
    return text.slice(0, bytes);
  }
}
