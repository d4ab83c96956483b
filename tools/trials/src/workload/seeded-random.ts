import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** The next number of a random stream: uniform, 0 included, 1 excluded, with 53 random bits. */
export type Random = () => number;

/**
 * A stream of random numbers that depends on the seed and on what it is for, and on nothing else. Each part
 * of a run takes a stream of its own, so that a change to one part (another value size, say) leaves the
 * others' draws as they were.
 *
 * @param seed any text; the same text gives the same stream
 * @param purpose names the stream within the run
 */
export function randomStream(seed: string, purpose: string): Random {
  const digest = createHash('sha256').update(`${purpose}\n${seed}`).digest();
  const state = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
  const generator = xoroshiro128plusFromState(state);
  return () => uniformFloat64(generator);
}
