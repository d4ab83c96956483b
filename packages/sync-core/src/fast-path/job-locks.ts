import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import { CUT_LOCKS } from '../redis/scripts.js';
import { Repeater } from '../repeater.js';

/** Whose locks are kept to their length. */
export interface LockedQueue {
  /** First part of the names of the queue's keys: prefix and name. */
  readonly name: string;
  /** How long a job's lock stands without being prolonged, in milliseconds. */
  readonly lockMs: number;
  /** Time between two of BullMQ's looks for jobs whose worker died, in milliseconds. */
  readonly lookMs: number;
}

/**
 * Keeps the locks of a queue's jobs to their length. Redis ends a key at a time, so after its clock went back, by a
 * fail-over to a slower one say, the lock of a worker that died stands for as long as the clock is behind, and its job
 * holds a place of the bounded queue. Each worker of a queue runs one; one of them does the work for all.
 */
export class JobLocks {
  readonly #redis: Redis;
  readonly #queue: LockedQueue;
  readonly #log: Logger;
  readonly #cuts: Repeater;

  /** The connection stays the caller's. */
  constructor(redis: Redis, queue: LockedQueue, log: Logger) {
    this.#redis = redis;
    this.#queue = queue;
    this.#log = log;
    this.#cuts = new Repeater(
      () => this.#cut(),
      () => queue.lockMs / 2,
    );
  }

  /** Begins, at once. */
  start(): void {
    this.#cuts.start();
  }

  /** Ends; resolves when a call under way has ended. */
  async stop(): Promise<void> {
    await this.#cuts.stop();
  }

  async #cut(): Promise<void> {
    const { name, lockMs, lookMs } = this.#queue;
    const keys = [`${name}:active`, `${name}:stalled-check`, `${name}:locks-cut`];
    await this.#redis
      .eval(CUT_LOCKS, keys.length, ...keys, lockMs, lookMs, `${name}:`)
      .catch((error: unknown) => {
        this.#log.debug({ reason: reasonOf(error) }, 'the locks of jobs could not be looked at');
      });
  }
}
