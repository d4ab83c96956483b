import type { Logger } from 'pino';
import type { CacheKeys } from '../cache/keys.js';
import { reasonOf } from '../errors.js';
import type { StoreCalls } from '../metrics/store-calls.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';

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
 *
 * A mark is also taken by a Redis that is out of memory. Where Redis refuses it all the same, the drain goes on without:
 * what a drain does makes room, and a mutation that kills projectors is the rarer trouble.
 */
export class DrainMarker {
  readonly #redis: CacheConnection;
  readonly #keys: CacheKeys;
  readonly #log: Logger;
  readonly #calls: StoreCalls;
  #refused = '';

  constructor(redis: CacheConnection, keys: CacheKeys, log: Logger, calls = redisCalls('marker')) {
    this.#calls = calls;
    this.#redis = redis;
    this.#keys = keys;
    this.#log = log;
  }

  /** Notes what is in hand now, in place of what was. @throws when Redis does not answer */
  async put(slot: number, hand: InHand): Promise<void> {
    await this.#calls.ask('marking what is in hand', () => this.#put(slot, hand), 'put');
  }

  async #put(slot: number, { source, from, to }: InHand): Promise<void> {
    try {
      await this.#redis
        .at(this.#keys.draining(slot))
        .hsMark(this.#keys.draining(slot), `${source} ${from} ${to}`);
      this.#refused = '';
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ReplyError')) throw error;
      const reason = reasonOf(error);
      if (reason !== this.#refused) this.#log.warn({ slot, reason }, 'Redis takes no mark; draining without');
      this.#refused = reason;
    }
  }

  /** What a process that died had in hand, or undefined. */
  async find(slot: number): Promise<InHand | undefined> {
    const mark = await this.#calls.ask(
      'looking for what was in hand',
      () => this.#redis.at(this.#keys.draining(slot)).get(this.#keys.draining(slot)),
      'find',
    );
    const [, source, from, to] = /^(outbox|journal) (\d+) (\d+)$/.exec(mark ?? '') ?? [];
    if (source !== 'outbox' && source !== 'journal') return undefined;
    return { source, from: Number(from), to: Number(to) };
  }

  /** Nothing is in hand any more. */
  async remove(slot: number): Promise<void> {
    const mark = this.#keys.draining(slot);
    await this.#calls.ask('removing a mark', () => this.#redis.at(mark).del(mark), 'remove');
  }
}
