import { randomUUID } from 'node:crypto';
import type { CacheKeys } from '../cache/keys.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';

/** How long a pod that died keeps the others from checking, in milliseconds. */
const LEASE_MS = 30_000;

/** What is kept of the scheduled checks, for all pods and across deploys. */
export interface CheckState {
  /** When the last one began, in milliseconds since 1970 on Redis' clock; undefined before the first. */
  readonly startedAt: number | undefined;
  /** Where the next one goes on; undefined to begin again. */
  readonly cursor: string | undefined;
  /** What the last one found, as its writer put it; undefined before the first has ended. */
  readonly result: string | undefined;
}

/** The scheduled checks' state in Redis, and the lease by which one pod at a time checks. */
export class CheckStore {
  readonly #redis: CacheConnection;
  readonly #keys: CacheKeys;
  readonly #token = randomUUID();
  readonly #calls = redisCalls('check');

  constructor(redis: CacheConnection, keys: CacheKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Takes the lease; false when another pod has it. @throws CacheUnavailableError */
  async acquire(): Promise<boolean> {
    const reply = await this.#answer(() =>
      this.#redis.at(this.#keys.checkLease()).hsTakeLease(this.#keys.checkLease(), this.#token, LEASE_MS),
    );
    return reply === 'TAKEN';
  }

  /** Keeps the lease for longer; false when it was lost. @throws CacheUnavailableError */
  async renew(): Promise<boolean> {
    const lease = this.#keys.checkLease();
    return (await this.#answer(() => this.#redis.at(lease).hsLease(lease, this.#token, LEASE_MS))) === 1;
  }

  /** Gives the lease up, if it is still held. @throws CacheUnavailableError */
  async release(): Promise<void> {
    const lease = this.#keys.checkLease();
    await this.#answer(() => this.#redis.at(lease).hsLease(lease, this.#token, 0));
  }

  /** The state, and the time on Redis' clock. @throws CacheUnavailableError */
  async read(): Promise<CheckState & { readonly now: number }> {
    return this.#answer(async () => {
      const [[seconds, micros], [startedAt, cursor, result]] = await Promise.all([
        this.#state.time(),
        this.#state.hmget(this.#keys.check(), 'startedAt', 'cursor', 'result'),
      ]);
      return {
        now: Number(seconds) * 1000 + Math.floor(Number(micros) / 1000),
        startedAt: startedAt ? Number(startedAt) : undefined,
        cursor: cursor || undefined,
        result: result || undefined,
      };
    });
  }

  /** Notes that a check began. @throws CacheUnavailableError */
  async begun(at: number): Promise<void> {
    await this.#answer(() => this.#state.hset(this.#keys.check(), 'startedAt', at));
  }

  /** Notes what a check found, and where the next one goes on. @throws CacheUnavailableError */
  async ended(result: string, cursor: string | undefined): Promise<void> {
    await this.#answer(() => this.#state.hset(this.#keys.check(), 'result', result, 'cursor', cursor ?? ''));
  }

  get #state() {
    return this.#redis.at(this.#keys.check());
  }

  async #answer<T>(ask: () => Promise<T>): Promise<T> {
    return this.#calls.ask('keeping the state of the scheduled check', ask);
  }
}
