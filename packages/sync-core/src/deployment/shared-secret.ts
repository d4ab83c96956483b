import { randomBytes } from 'node:crypto';
import type { CacheKeys } from '../cache/keys.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';

/** Bytes of the secret: as many as a signature of SHA-256 can use. */
const SECRET_BYTES = 32;

/**
 * A random secret that all processes of a deployment have and no client does, so that one pod can verify what another
 * signed. It stands in Redis, made by the first process that asks; should Redis lose it, there is a new one, and what was
 * signed before is not taken any more.
 */
export class SharedSecret {
  readonly #redis: CacheConnection;
  readonly #key: string;
  readonly #calls = redisCalls('settings');

  constructor(redis: CacheConnection, keys: CacheKeys) {
    this.#redis = redis;
    this.#key = keys.secret();
  }

  /** 32 random bytes, as base64. @throws CacheUnavailableError */
  read(): Promise<string> {
    const made = randomBytes(SECRET_BYTES).toString('base64');
    return this.#calls.ask('reading the shared secret', async () => {
      const server = this.#redis.at(this.#key);
      await server.set(this.#key, made, 'NX');
      return (await server.get(this.#key)) ?? made;
    });
  }
}
