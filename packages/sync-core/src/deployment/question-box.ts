import type { CacheKeys } from '../cache/keys.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';
import type { ScriptedRedis } from '../redis/scripts.js';

/**
 * Where the answer to a question goes that one pod has put to a client: to any pod, whichever the client reaches, which
 * leaves it in Redis for the one that asked. There is room only for what was asked, so nobody can fill Redis with answers.
 */
export class QuestionBox {
  readonly #redis: CacheConnection;
  readonly #keys: CacheKeys;
  readonly #calls = redisCalls('questions');

  constructor(redis: CacheConnection, keys: CacheKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Makes room for one answer, for `forMs`. `id`: nobody but who is asked may know it. @throws CacheUnavailableError */
  async open(id: string, forMs: number): Promise<void> {
    await this.#ask('asking a client', id, (server, key) => server.set(key, '', 'PX', forMs));
  }

  /** Leaves an answer, which is not empty. @returns whether it was asked for @throws CacheUnavailableError */
  async answer(id: string, text: string): Promise<boolean> {
    const left = await this.#ask('answering a question', id, (server, key) =>
      server.set(key, text, 'KEEPTTL', 'XX'),
    );
    return left !== null;
  }

  /** The answer, once there is one. @throws CacheUnavailableError */
  async read(id: string): Promise<string | undefined> {
    return (await this.#ask('reading an answer', id, (server, key) => server.get(key))) || undefined;
  }

  /** Nothing is waited for any more. @throws CacheUnavailableError */
  async close(id: string): Promise<void> {
    await this.#ask('ending a question', id, (server, key) => server.del(key));
  }

  #ask<Answer>(
    doing: string,
    id: string,
    call: (server: ScriptedRedis, key: string) => Promise<Answer>,
  ): Promise<Answer> {
    const key = this.#keys.question(id);
    return this.#calls.ask(doing, async () => call(this.#redis.at(key), key));
  }
}
