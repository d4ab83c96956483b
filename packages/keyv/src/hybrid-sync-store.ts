import { type ClientOptions, HybridSyncClient, type Pair } from '@hybrid-sync/client';
import type { KeyvStoreAdapter } from 'keyv';

/** Deletes that are under way at once while a namespace is cleared. */
const AT_ONCE = 250;

/** Where the api is, and how it is called. The writes of one turn always leave together. */
export type HybridSyncStoreOptions = Omit<ClientOptions, 'batchWrites'>;

/** An entry as Keyv hands it over: serialized, its key behind the namespace; `ttl` in milliseconds. */
interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly ttl?: number | undefined;
}

/**
 * Keeps the entries of a Keyv as pairs of a hybrid-sync deployment: in Redis, and mirrored to MongoDB. Each method throws
 * what the client throws (`ClientError`), which Keyv tells as its event `error`. It holds nothing that must be closed.
 */
export class HybridSyncStore implements KeyvStoreAdapter {
  /** Keyv gives an iterator for the dialects that it knows, and asks for no more than that. */
  readonly opts = { dialect: 'redis' };
  /** Set by Keyv. The keys of its pairs begin with it, and of no other; see {@link prefixOf}. */
  namespace: string | undefined;
  readonly #client: HybridSyncClient;

  /** @throws TypeError naming the option at fault */
  constructor(options: HybridSyncStoreOptions) {
    this.#client = new HybridSyncClient({ ...options, batchWrites: true });
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    return entryIn<Value>(await this.#client.get(this.#keyOf(key)));
  }

  async getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    return (await this.#mget(keys)).map(entryIn<Value>);
  }

  /** The pair expires with the second in which the entry does: Keyv itself knows the millisecond. */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    if (typeof value !== 'string')
      throw new TypeError(`${key}: what is stored must be text; keep a serializer`);
    const ttlSec = ttl === undefined ? undefined : Math.max(1, Math.ceil(ttl / 1000));
    await this.#client.set(this.#keyOf(key), value, { ttlSec });
    return true;
  }

  async setMany(entries: readonly Entry[]): Promise<void> {
    await allOf(entries.map(({ key, value, ttl }) => this.set(key, value, ttl)));
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#client.delete(this.#keyOf(key))).existed;
  }

  /** Whether there was any of them. */
  async deleteMany(keys: string[]): Promise<boolean> {
    return (await allOf(keys.map((key) => this.delete(key)))).some(Boolean);
  }

  async has(key: string): Promise<boolean> {
    return (await this.#client.ttl(this.#keyOf(key))).found;
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return (await this.#mget(keys)).map((pair) => pair !== undefined);
  }

  /**
   * Deletes what the cache has of the namespace. @throws TypeError without one: all that the deployment holds, of other
   * applications, too, would be meant
   */
  async clear(): Promise<void> {
    if (!this.namespace)
      throw new TypeError('namespace: must be given to clear; a Keyv without one shares all keys');
    const deleteAll = (keys: readonly string[]) => allOf(keys.map((key) => this.#client.delete(key)));
    let keys: string[] = [];
    for await (const key of this.#client.scan(prefixOf(this.namespace))) {
      if (keys.push(key) < AT_ONCE) continue;
      await deleteAll(keys);
      keys = [];
    }
    await deleteAll(keys);
  }

  /** Every entry of a namespace, of all without one, in no order; one may come twice where entries change meanwhile. */
  async *iterator<Value>(namespace?: string): AsyncGenerator<(string | Awaited<Value> | undefined)[], void> {
    const prefix = prefixOf(namespace);
    const given = namespace ? `${namespace}:` : '';
    for await (const pair of this.#client.scanPairs(prefix)) {
      const entry = entryIn<Awaited<Value>>(pair);
      if (entry !== undefined) yield [given + pair.key.slice(prefix.length), entry];
    }
  }

  /** Nothing happens to it by itself, so there is nothing to listen to. */
  on(): this {
    return this;
  }

  /** The key of an entry's pair. Keyv has put the namespace and a colon before it, unless it is told not to. */
  #keyOf(key: string): string {
    const given = this.namespace ? `${this.namespace}:` : '';
    return prefixOf(this.namespace) + (key.startsWith(given) ? key.slice(given.length) : key);
  }

  #mget(keys: readonly string[]): Promise<(Pair | undefined)[]> {
    return this.#client.mget(keys.map((key) => this.#keyOf(key)));
  }
}

/**
 * What the keys of a namespace begin with, and those of no other: up to the first colon they are the namespace, whose own
 * colons are escaped as in a URL. Else `a` would have the keys of `a:b`, too.
 */
function prefixOf(namespace: string | undefined): string {
  return namespace ? `${namespace.replace(/[%:]/g, encodeURIComponent)}:` : '';
}

/** What Keyv serialized; undefined where there is nothing, or bytes, which are of someone else. */
function entryIn<Value>(pair: Pair | undefined): Value | undefined {
  return pair?.encoding === undefined ? (pair?.value as Value | undefined) : undefined;
}

/** As `Promise.all`, but waits for the others where one fails. */
async function allOf<Result>(promises: readonly Promise<Result>[]): Promise<Result[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
