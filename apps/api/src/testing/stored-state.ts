import type { TestSpace } from '@hybrid-sync/services/test-space';
import { Redis } from 'ioredis';
import { type Db, MongoClient } from 'mongodb';

/** All that a call could change. */
export interface Snapshot {
  /** Every key of the cache, the journals and the clocks, as Redis dumps it, with its expiry; not those of the queues, nor what pods say of themselves. */
  readonly redis: Readonly<Record<string, string>>;
  readonly shadows: readonly object[];
  readonly outbox: readonly object[];
}

/** Looks at the stores of a {@link TestSpace} past the code under test. */
export class StoredState {
  readonly db: Db;
  readonly redis: Redis;
  readonly #client: MongoClient;
  readonly #namespace: string;

  constructor({ env }: TestSpace) {
    this.#client = new MongoClient(env.MONGODB_URL);
    this.db = this.#client.db();
    this.redis = new Redis(env.REDIS_URL);
    this.#namespace = env.HYBRID_SYNC_NAMESPACE;
  }

  /** What is stored now. */
  async snapshot(): Promise<Snapshot> {
    const all = (collection: string) => this.db.collection(collection).find().sort({ _id: 1 }).toArray();
    const [redis, shadows, outbox] = await Promise.all([this.#dump(), all('kv_shadow'), all('outbox')]);
    return { redis, shadows, outbox };
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await this.#client.close();
  }

  async #dump(): Promise<Record<string, string>> {
    const keys = (await this.redis.keys(`${this.#namespace}:*`))
      .filter((key) => !/^[^:]+:\{(?:queue|roster)\}/.test(key))
      // What a pod writes to see whether it can, and that its stores are proven; how far the scheduled check is, and who makes it.
      .filter((key) => !/:pro(?:be|of)$/.test(key) && !key.startsWith(`${this.#namespace}:check`))
      .sort();
    const dumps = await Promise.all(
      keys.map(async (key) => [await this.redis.dumpBuffer(key), await this.redis.pexpiretime(key)] as const),
    );
    return Object.fromEntries(
      keys.map((key, index) => [key, `${dumps[index]?.[0]?.toString('hex')} ${dumps[index]?.[1]}`]),
    );
  }
}
