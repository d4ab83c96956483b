import type { CacheConnection } from '../redis/cache-connection.js';

/** What leaves in one turn of the event loop leaves in one write for each server, of however many slots it is. */
export class SharedWrite {
  readonly #redis: Pick<CacheConnection, 'servers'>;
  /** What is to leave at the end of this turn. */
  #leaving: (() => void)[] = [];

  constructor(redis: Pick<CacheConnection, 'servers'>) {
    this.#redis = redis;
  }

  /** Calls `leave` at the end of this turn; what it sends goes with what else is to leave. */
  add(leave: () => void): void {
    this.#leaving.push(leave);
    if (this.#leaving.length > 1) return;
    setImmediate(() => {
      const all = this.#leaving;
      this.#leaving = [];
      const send = this.#redis.servers.reduce(
        (inner, server) => () => server.inOneWrite(inner),
        () => {
          for (const each of all) each();
        },
      );
      send();
    });
  }
}
