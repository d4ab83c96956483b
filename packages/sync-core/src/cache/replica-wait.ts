import { NotReplicatedError } from '../errors.js';
import type { Mutation } from '../mutation.js';
import type { CacheKeys } from './keys.js';
import { redisCalls } from './redis-calls.js';
import type { ScriptedRedis } from './scripts.js';

/** What a {@link ReplicaWait} waits for. */
export interface ReplicaWaitOptions {
  /** A connection of its own, since WAIT holds up all that comes after it; with a deadline longer than `timeoutMs`. */
  readonly redis: ScriptedRedis;
  readonly keys: CacheKeys;
  /** How many replicas have to have a write. */
  readonly replicas: number;
  /** How long that may take, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Waits until replicas of Redis have what was written: a write that only the journal holds is lost with Redis' primary
 * otherwise. WAIT speaks of what its own connection wrote, so a mark is written there first: a replica takes all that
 * comes in its order, so whoever has the mark has whatever was written before it. All who ask while one wait is under way
 * share the next one.
 */
export class ReplicaWait {
  readonly #options: ReplicaWaitOptions;
  readonly #calls = redisCalls('replicas');
  #underWay: Promise<unknown> = Promise.resolve();
  #next: Promise<number> | undefined;

  constructor(options: ReplicaWaitOptions) {
    this.#options = options;
  }

  /**
   * Resolves once enough replicas have this mutation, which is in Redis.
   * @throws NotReplicatedError where they don't in time, CacheUnavailableError where Redis does not say
   */
  async has({ version }: Pick<Mutation, 'version'>): Promise<void> {
    const { replicas } = this.#options;
    const reached = await this.#asked();
    if (reached < replicas) throw new NotReplicatedError(version, reached, replicas);
  }

  /** Closes its connection. */
  stop(): void {
    this.#options.redis.disconnect();
  }

  #asked(): Promise<number> {
    this.#next ??= this.#after(this.#underWay);
    return this.#next;
  }

  async #after(others: Promise<unknown>): Promise<number> {
    await others;
    const reached = this.#reached();
    this.#next = undefined;
    this.#underWay = reached.catch(() => undefined);
    return reached;
  }

  /** How many replicas have all that was written before this call, once they are enough or the time is up. */
  #reached(): Promise<number> {
    const { redis, keys, replicas, timeoutMs } = this.#options;
    return this.#calls.ask('waiting for its replicas', async () => {
      await redis.hsMark(keys.replicated(), String(Date.now()));
      return redis.wait(replicas, timeoutMs);
    });
  }
}
