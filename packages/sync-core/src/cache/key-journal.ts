import type { StoreCalls } from '../metrics/store-calls.js';
import type { Mutation } from '../mutation.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';
import { JOURNAL_PAGE_BYTES } from './journal.js';
import { entryOf } from './journal-entry.js';
import { type CacheKeys, slotOf } from './keys.js';

/** Newest entries of a slot that are looked through for a key. */
const LOOKED_THROUGH = 1000;

/** What the journal holds of a key. */
export interface JournalOfKey {
  /** Newest first, without the values; `bytes`: of the value, 0 for a delete. */
  readonly entries: readonly (Omit<Mutation, 'value'> & { readonly bytes: number })[];
  /** Whether the slot's whole journal was looked through. */
  readonly complete: boolean;
}

/** Finds what the journal holds of one key. */
export class KeyJournal {
  readonly #redis: CacheConnection;
  readonly #keys: CacheKeys;
  readonly #calls: StoreCalls;

  constructor(redis: CacheConnection, keys: CacheKeys, calls = redisCalls('keyJournal')) {
    this.#redis = redis;
    this.#keys = keys;
    this.#calls = calls;
  }

  /** The key's entries among the newest of its slot. @throws CacheUnavailableError */
  async ofKey(key: string): Promise<JournalOfKey> {
    const slot = slotOf(key, this.#keys.slots);
    const journal = this.#keys.journal(slot);
    const [complete, ...found] = await this.#calls.ask('looking for a key in the journal', () =>
      this.#redis.at(journal).hsJournaled(journal, key, LOOKED_THROUGH, JOURNAL_PAGE_BYTES),
    );
    const entries = found.flatMap(([id, bytes, fields]) => {
      const entry = entryOf(slot, id, fields);
      return entry === undefined ? [] : [{ ...entry, bytes }];
    });
    return { entries, complete: complete === 1 };
  }
}
