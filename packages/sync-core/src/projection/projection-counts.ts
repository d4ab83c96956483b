import type { CacheKeys } from '../cache/keys.js';
import type { CacheConnection } from '../redis/cache-connection.js';

/** How many mutations were brought to the shadows, by where they waited. */
export interface ProjectedMutations {
  readonly outbox: number;
  readonly journal: number;
}

/** What all projectors together have done, kept in Redis, so that every api pod can show how they get on. */
export class ProjectionCounts {
  readonly #redis: CacheConnection;
  readonly #keys: CacheKeys;

  constructor(redis: CacheConnection, keys: CacheKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Adds what one projector has done. */
  async add({ outbox, journal }: ProjectedMutations): Promise<void> {
    const key = this.#keys.projected();
    const server = this.#redis.at(key);
    await Promise.all([server.hincrby(key, 'outbox', outbox), server.hincrby(key, 'journal', journal)]);
  }

  /** What all have done since the data exists. */
  async read(): Promise<ProjectedMutations> {
    const key = this.#keys.projected();
    const [outbox, journal] = await this.#redis.at(key).hmget(key, 'outbox', 'journal');
    return { outbox: Number(outbox ?? 0), journal: Number(journal ?? 0) };
  }
}
