import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { FAST_QUEUE_NAME, FastQueue, queuePrefix } from '../fast-path/fast-queue.js';
import { FastQueueState } from '../fast-path/fast-queue-state.js';
import { FastWorker } from '../fast-path/fast-worker.js';
import type { Mutation, ShadowWriter } from '../mutation.js';
import { connectRedis } from '../redis/connect-redis.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import { type RealWorld, realWorld } from './real-world.js';

const log = pino({ level: 'silent' });

/** The signal of a batch that is waited for to its end. */
export const NEVER: AbortSignal = new AbortController().signal;

/** A set of slot 0 whose value tells its version. */
export function setAt(key: string, version: number): Mutation {
  return { key, slot: 0, version, op: 'set', value: `of ${version}` };
}

/** How a worker differs from one of the pod that sends. */
export interface WorkerTerms {
  readonly shadows?: ShadowWriter;
  /** Whose mutations it has in memory; those of the pod that sends unless given. */
  readonly pods?: readonly FastQueue[];
  /** What it waits and tells of ends on. */
  readonly background?: RedisConnection;
}

/** A fast queue on real services, anew for each test of the file, with its workers. */
export class QueueWorld {
  world!: RealWorld;
  requests!: RedisConnection;
  background!: RedisConnection;
  queue!: FastQueue;
  state!: FastQueueState;
  /** The queue that workers tell of what is applied; undefined where it only hears of ends. */
  toldAtOnce: FastQueue | undefined;
  /** Is told of each job that is refused. */
  readonly refused = vi.fn();
  readonly #workers: FastWorker[] = [];

  constructor() {
    beforeAll(async () => {
      this.world = await realWorld(1);
      this.requests = this.connect('request');
      this.background = this.connect('background');
    });
    afterAll(async () => {
      this.requests.disconnect();
      this.background.disconnect();
      await this.world.stop();
    });
    beforeEach(async () => {
      await expect.poll(() => this.requests.status).toBe('ready');
      this.queue = await this.openQueue();
      this.state = new FastQueueState(this.requests, this.world.settings.namespace, log);
    });
    afterEach(async () => {
      this.queue.jobs.giveUp();
      this.toldAtOnce = undefined;
      for (const worker of this.#workers.splice(0)) await worker.stop();
      await this.queue.stop();
      await this.state.stop();
      await this.world.clear();
    });
  }

  /** First part of the names of the queue's keys. */
  get name(): string {
    return `${queuePrefix(this.world.settings.namespace)}:${FAST_QUEUE_NAME}`;
  }

  /** A connection to the test's Redis, or to what stands before it. */
  connect(
    use: 'request' | 'background',
    url: string = this.world.settings.redisUrl,
    deadlineMs = 2000,
  ): RedisConnection {
    return connectRedis(url, { role: 'test', use, log, deadlineMs });
  }

  /** The sending side of another pod. */
  openQueue(
    background: RedisConnection = this.background,
    requests: RedisConnection = this.requests,
  ): Promise<FastQueue> {
    return FastQueue.open(requests, background, this.world.settings.namespace, log);
  }

  /** A worker, which stops at the end of the test. */
  startWorker(concurrency = 1, terms: WorkerTerms = {}): FastWorker {
    const { shadows = this.world.shadows, background = this.background } = terms;
    const { pods = [this.toldAtOnce ?? this.queue] } = terms;
    const worker = new FastWorker({
      background,
      namespace: this.world.settings.namespace,
      concurrency,
      shadows,
      sender: {
        sent: (jobId) => pods.map((pod) => pod.jobs.sent(jobId)).find((mutations) => mutations !== undefined),
        through: (jobId, keys) => this.toldAtOnce?.jobs.through(jobId, keys),
        applied: (jobId, result) => this.toldAtOnce?.jobs.applied(jobId, result),
        failed: (jobId, reason) => this.toldAtOnce?.jobs.failed(jobId, reason),
      },
      journal: this.world.journal,
      metrics: { jobRefused: this.refused },
      log,
    });
    worker.start();
    this.#workers.push(worker);
    return worker;
  }

  /** A store that holds every batch back until it is let go, in front of the real one. */
  heldStore() {
    const held: (() => void)[] = [];
    const { shadows } = this.world;
    return {
      /** Batches that wait. */
      waiting: () => held.length,
      letGo: () => {
        for (const release of held.splice(0)) release();
      },
      apply: async (...args: Parameters<RealWorld['shadows']['apply']>) => {
        await new Promise<void>((resolve) => held.push(resolve));
        return shadows.apply(...args);
      },
    };
  }
}
