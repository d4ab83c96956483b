import { createHash } from 'node:crypto';
import { type Random, randomStream, ValueMaker } from '@hybrid-sync/trials';

/** Keys of a run unless said. */
const KEYS = 10_000;
/** Size of every value unless said, in bytes. */
export const VALUE_BYTES = 100;
/** Different values of a run; each one is hashed once, so that no row pays for making them. */
const VALUES = 1024;

/** What one write sets. */
export interface BenchPair {
  readonly key: string;
  readonly value: string;
  /** SHA-256 of the value in hexadecimal, for rows whose subject does not hash by itself. */
  readonly valueHash: string;
}

/**
 * The writes of a run: every key once, in an order drawn from the seed, then all of them again with other values. So
 * each row writes the same pairs in the same order, and no two writes under way are of the same key.
 */
export class Pairs {
  readonly #keys: readonly string[];
  readonly #values: readonly Omit<BenchPair, 'key'>[];

  /** @param keys how many keys there are, 10,000 unless given; `valueBytes`: the size of every value, 100 unless given */
  constructor(seed: string, keys = KEYS, valueBytes = VALUE_BYTES) {
    const names = Array.from({ length: keys }, (_, number) => keyName(number));
    this.#keys = shuffled(names, randomStream(seed, 'order of the keys'));
    const maker = new ValueMaker(seed);
    this.#values = Array.from({ length: VALUES }, (_, number) => {
      const value = maker.value(number, valueBytes);
      return { value, valueHash: createHash('sha256').update(value).digest('hex') };
    });
  }

  /** All keys, in the order in which they are written. */
  get keys(): readonly string[] {
    return this.#keys;
  }

  /** What the write of this number sets; numbers start at 0. */
  at(number: number): BenchPair {
    const keys = this.#keys.length;
    const key = this.#keys[number % keys];
    // Another pass brings another value of the key, whatever the two counts have in common.
    const value = this.#values[(number + Math.floor(number / keys)) % VALUES];
    if (key === undefined || value === undefined) throw new RangeError(`there is no write ${number}`);
    return { key, ...value };
  }
}

function keyName(number: number): string {
  return `bench:${number.toString(36).padStart(6, '0')}`;
}

/** R. Durstenfeld, "Algorithm 235: Random permutation", 1964. */
function shuffled<T>(items: T[], random: Random): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
