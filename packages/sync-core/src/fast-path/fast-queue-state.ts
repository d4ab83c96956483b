import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import { UNCHECKED } from './bullmq-options.js';
import { FAST_QUEUE_NAME, queuePrefix } from './fast-queue.js';

/** Jobs in the queue, of all pods. */
export interface QueueDepth {
  /** Jobs that workers have in hand. */
  readonly active: number;
  /** Jobs that no worker has taken yet. */
  readonly waiting: number;
  /** Id of the job that has waited longest; absent when none waits. */
  readonly oldestWaiting?: string;
}

/** How the fast queue is, of all pods; for any process, also one that sends nothing. */
export class FastQueueState {
  readonly #queue: Queue;

  /** The connection stays the caller's. */
  constructor(requests: Redis, namespace: string, log: Logger) {
    this.#queue = new Queue(FAST_QUEUE_NAME, {
      connection: requests,
      ...UNCHECKED,
      prefix: queuePrefix(namespace),
      skipWaitingForReady: true,
    });
    this.#queue.on('error', (error) => log.debug({ reason: reasonOf(error) }, 'fast queue connection'));
  }

  /** Whether someone has paused it: jobs wait then, and no worker takes one. */
  async isPaused(): Promise<boolean> {
    return this.#queue.isPaused();
  }

  /** What it holds now. */
  async depth(): Promise<QueueDepth> {
    const { active = 0, waiting = 0 } = await this.#queue.getJobCounts('active', 'waiting');
    if (waiting === 0) return { active, waiting };
    const [oldestWaiting] = (await this.#queue.getRanges(['waiting'], 0, 0, true)) as string[];
    return { active, waiting, ...(oldestWaiting === undefined ? {} : { oldestWaiting }) };
  }

  /** Closes the queue; the connection stays the caller's. */
  async stop(): Promise<void> {
    await this.#queue.close();
  }
}
