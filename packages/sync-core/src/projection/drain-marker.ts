import type { Redis } from 'ioredis';
import type { CacheKeys } from '../cache/keys.js';

/** What a drain had in hand: mutations of one source, from one version to another, both included. */
export interface InHand {
  readonly source: 'outbox' | 'journal';
  readonly from: number;
  readonly to: number;
}

/**
 * Remembers, outside the process, what a slot's drain has in hand. A drain that ends takes its mark away, also when it
 * fails; a mark that is found by the next drain was left by a process that died, and one of the mutations in it may
 * have killed it.
 */
export class DrainMarker {
  readonly #redis: Redis;
  readonly #keys: CacheKeys;

  constructor(redis: Redis, keys: CacheKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Notes what is in hand now, in place of what was. */
  async put(slot: number, { source, from, to }: InHand): Promise<void> {
    await this.#redis.set(this.#keys.draining(slot), `${source} ${from} ${to}`);
  }

  /** What a process that died had in hand, or undefined. */
  async find(slot: number): Promise<InHand | undefined> {
    const [source, from, to] = (await this.#redis.get(this.#keys.draining(slot)))?.split(' ') ?? [];
    if (source !== 'outbox' && source !== 'journal') return undefined;
    return { source, from: Number(from), to: Number(to) };
  }

  /** Nothing is in hand any more. */
  async remove(slot: number): Promise<void> {
    await this.#redis.del(this.#keys.draining(slot));
  }
}
