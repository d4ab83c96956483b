import { setTimeout as delay } from 'node:timers/promises';
import { connected, connectRedis, type RedisConnection } from '@hybrid-sync/sync-core';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import { type FastQueueAddress, reasonOf } from '../sync-stores.js';
import { UsageError } from '../usage-error.js';
import { isAbandoned, markerOf, type OutageMarker, parseMarker } from './outage-marker.js';

/** How often resuming is tried before the operator is asked to do it. */
const RESUME_ATTEMPTS = 10;
const RESUME_RETRY_MS = 1000;
const COMMAND_TIMEOUT_MS = 5000;

/** How to resume the queue by hand, for messages. */
export const RESUME_BY_HAND = 'npm run replay -- --resume-fast-path';

/**
 * The service's fast queue, seen from outside. Pausing it makes the fast path fail for all pods, as if every
 * worker hung: batches are queued and nobody takes them. The product knows nothing of it.
 */
export class FastPathOutage {
  readonly #redis: RedisConnection;
  readonly #queue: Queue;
  readonly #markerKey: string;
  readonly #runId: string;
  #paused = false;

  private constructor(redis: RedisConnection, queue: Queue, markerKey: string, runId: string) {
    this.#redis = redis;
    this.#queue = queue;
    this.#markerKey = markerKey;
    this.#runId = runId;
  }

  /**
   * Opens the queue. `runId` names the run in the marker. @throws UsageError when its Redis does not answer
   */
  static async open({ redisUrl, name, prefix }: FastQueueAddress, runId: string): Promise<FastPathOutage> {
    const redis = connectRedis(redisUrl, {
      role: 'replay',
      use: 'request',
      log: pino({ level: 'silent' }),
      deadlineMs: COMMAND_TIMEOUT_MS,
      key: prefix,
    });
    await connected(redis).catch((error: unknown) => {
      redis.disconnect();
      throw new UsageError(`the Redis of the fast queue does not answer: ${reasonOf(error)}`);
    });
    const queue = new Queue(name, { connection: redis, prefix, skipMetasUpdate: true });
    queue.on('error', () => {});
    return new FastPathOutage(redis, queue, `${prefix}:replay-outage`, runId);
  }

  /** Jobs that wait in the queue or that workers have in hand. */
  async jobs(): Promise<number> {
    return this.#queue.getJobCountByTypes('waiting', 'active', 'prioritized', 'delayed');
  }

  /** Whether anyone has paused the queue. */
  async isPaused(): Promise<boolean> {
    return this.#queue.isPaused();
  }

  /**
   * Undoes what a killed run left behind.
   * @returns that run's marker, or undefined if there was nothing to undo
   * @throws UsageError when another run is in the middle of an outage
   */
  async undoAbandoned(now: number): Promise<OutageMarker | undefined> {
    const text = await this.#redis.get(this.#markerKey);
    if (text === null) return undefined;
    const marker = parseMarker(text);
    if (!isAbandoned(marker, now)) {
      throw new UsageError(
        `another replay (run ${marker.runId}, process ${marker.pid} on ${marker.host}) has paused the fast queue until ` +
          `${new Date(marker.until).toISOString()}; wait for it, or resume by hand: ${RESUME_BY_HAND}`,
      );
    }
    await this.forceResume();
    return marker;
  }

  /**
   * Pauses the queue, with a marker that says until when (milliseconds since 1970).
   * @throws UsageError when someone has paused it already
   */
  async begin(until: number): Promise<void> {
    if (await this.isPaused()) {
      throw new UsageError(`the fast queue is paused already; resume it first: ${RESUME_BY_HAND}`);
    }
    const marked = await this.#redis.set(this.#markerKey, JSON.stringify(markerOf(this.#runId, until)), 'NX');
    if (marked === null) throw new UsageError('another replay has just begun an outage; wait for it');
    this.#paused = true;
    await this.#queue.pause();
  }

  /**
   * Resumes the queue if this run paused it. Tries for a while when Redis is away.
   * @throws the last failure; the marker then stays, and the next run resumes the queue
   */
  async end(): Promise<void> {
    for (let attempt = 1; this.#paused; attempt++) {
      try {
        await this.#queue.resume();
        const text = await this.#redis.get(this.#markerKey);
        if (text !== null && parseMarker(text).runId === this.#runId) await this.#redis.del(this.#markerKey);
        this.#paused = false;
      } catch (error) {
        if (attempt >= RESUME_ATTEMPTS) throw error;
        await delay(RESUME_RETRY_MS);
      }
    }
  }

  /** Resumes the queue whoever paused it, and removes the marker. */
  async forceResume(): Promise<void> {
    await this.#queue.resume();
    await this.#redis.del(this.#markerKey);
  }

  /** Ends an outage of this run, then closes the connection. */
  async stop(): Promise<void> {
    try {
      await this.end();
    } finally {
      await this.#queue.close();
      this.#redis.disconnect();
    }
  }
}
