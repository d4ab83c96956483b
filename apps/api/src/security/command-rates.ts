import type { CacheConnection, Settings } from '@hybrid-sync/sync-core';
import type { Logger } from 'pino';
import { COUNT_WINDOW_MS, connectCounts, countName, tooMany } from './request-counts.js';

/** A caller is beyond its limit; the message says what that is and how long to wait. */
export class TooManyCommandsError extends Error {
  override readonly name = 'TooManyCommandsError';
}

/** Commands of one caller that are counted together. */
interface Gathered {
  readonly waiting: { resolve: () => void; reject: (error: Error) => void }[];
}

/**
 * The rate limit of HTTP for commands of Redis' protocol: the same counts. What a caller asks in one turn of the event loop is
 * counted in one call. When Redis does not say how many there were, the commands go through.
 */
export class CommandRates {
  readonly #redis: Pick<CacheConnection, 'at' | 'disconnect'>;
  readonly #max: number;
  readonly #namespace: string;
  readonly #gathered = new Map<string, Gathered>();
  /** Callers that are beyond the limit, and until when, on the clock of `performance`. */
  readonly #beyond = new Map<string, number>();

  /** `max`: commands in a minute. */
  constructor(redis: Pick<CacheConnection, 'at' | 'disconnect'>, max: number, namespace: string) {
    this.#redis = redis;
    this.#max = max;
    this.#namespace = namespace;
  }

  /** The limit of these settings; undefined where there is none. Whoever makes it closes it. */
  static of(
    { rateLimitPerMinute: max, redisUrl, namespace }: Settings,
    log: Logger,
  ): CommandRates | undefined {
    return max === 0 ? undefined : new CommandRates(connectCounts(redisUrl, log), max, namespace);
  }

  /** Counts a command of a caller; resolves when it may be done. @throws TooManyCommandsError */
  take(caller: string): Promise<void> {
    return new Promise((resolve, reject) => {
      let gathered = this.#gathered.get(caller);
      if (gathered === undefined) {
        gathered = { waiting: [] };
        this.#gathered.set(caller, gathered);
        setImmediate(() => void this.#count(caller));
      }
      gathered.waiting.push({ resolve, reject });
    });
  }

  /** Counts a command that can't wait for its count. @throws TooManyCommandsError where the caller is known to be beyond */
  note(caller: string): void {
    const leftMs = (this.#beyond.get(caller) ?? 0) - performance.now();
    this.take(caller).catch(() => undefined);
    if (leftMs > 0) throw new TooManyCommandsError(tooMany(this.#max, leftMs));
  }

  /** Ends its connection. */
  close(): void {
    this.#redis.disconnect();
  }

  async #count(caller: string): Promise<void> {
    const { waiting } = this.#gathered.get(caller) as Gathered;
    this.#gathered.delete(caller);
    const name = countName(this.#namespace, caller);
    let counted: readonly [count: number, leftMs: number] = [0, 0];
    try {
      counted = await this.#redis.at(name).hsCountRequest(name, COUNT_WINDOW_MS, waiting.length);
    } catch {
      // It is not known how many there were.
    }
    const [count, leftMs] = counted;
    const before = count - waiting.length;
    if (count > this.#max) this.#beyond.set(caller, performance.now() + leftMs);
    else this.#beyond.delete(caller);
    for (const [index, { resolve, reject }] of waiting.entries()) {
      if (before + index < this.#max) resolve();
      else reject(new TooManyCommandsError(tooMany(this.#max, leftMs)));
    }
  }
}
