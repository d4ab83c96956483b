import { type Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import { UNCHECKED, WORKER_BLOCK } from '../fast-path/bullmq-options.js';
import { JOB_LAYOUT, type JobReader, RefusedJobError } from '../fast-path/job-layout.js';
import { JobLocks } from '../fast-path/job-locks.js';
import type { SlotJob } from './slot-job.js';

/** Name of the BullMQ queue that wakes the projector for a slot. */
export const PROJECTION_QUEUE_NAME = 'projection';
/** A slot whose projector died is given to another one after this time without a sign of life, in milliseconds. */
const LEASE_MS = 6000;
/** Time between two looks for such slots, in milliseconds. */
const STALLED_MS = LEASE_MS / 2;

/**
 * Wakes projectors. At most one job of a slot is in hand and one more waits, in the whole deployment: a wake-up while
 * the slot is being drained is kept for when the drain ends (BullMQ's deduplication, keep-last-if-active).
 */
export class ProjectionQueue {
  readonly #queue: Queue<SlotJob>;

  /** The connection stays the caller's; `prefix` is the namespace's queue prefix. */
  constructor(requests: Redis, prefix: string, log: Logger) {
    this.#queue = new Queue<SlotJob>(PROJECTION_QUEUE_NAME, {
      connection: requests,
      ...UNCHECKED,
      prefix,
      skipWaitingForReady: true,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    this.#queue.on('error', (error) => log.debug({ reason: reasonOf(error) }, 'projection queue connection'));
  }

  /** Asks for these slots to be drained, in one round trip. A wake-up that is lost is made up for by the next sweep. */
  async wake(slots: Iterable<number>): Promise<void> {
    await this.#queue.addBulk(
      Array.from(slots, (slot) => ({
        name: 'drain',
        data: { layout: JOB_LAYOUT, slot },
        opts: { deduplication: { id: `slot-${slot}`, keepLastIfActive: true } },
      })),
    );
  }

  /** Whether someone has paused it: wake-ups wait then, and slots are drained by the sweeps alone. */
  async isPaused(): Promise<boolean> {
    return this.#queue.isPaused();
  }

  /** Closes the queue; the connection stays the caller's. */
  async stop(): Promise<void> {
    await this.#queue.close();
  }
}

/** What a {@link ProjectionWorker} is made of. */
export interface ProjectionWorkerParts {
  /** The connection stays the caller's. */
  readonly background: Redis;
  /** The namespace's queue prefix. */
  readonly prefix: string;
  /** Slots drained at the same time. */
  readonly concurrency: number;
  readonly jobs: Pick<JobReader<SlotJob>, 'read'>;
  readonly drain: (slot: number) => Promise<void>;
  readonly log: Logger;
}

/** Drains slots as they are woken, several at a time, each one by one projector at a time. */
export class ProjectionWorker {
  readonly #worker: Worker<SlotJob>;
  readonly #locks: JobLocks;

  constructor({ background, prefix, concurrency, jobs, drain, log }: ProjectionWorkerParts) {
    this.#worker = new Worker<SlotJob>(
      PROJECTION_QUEUE_NAME,
      async (job: Job<SlotJob>) => drain(jobs.read(job.id, job.data).slot),
      {
        connection: background,
        ...UNCHECKED,
        prefix,
        ...WORKER_BLOCK,
        concurrency,
        lockDuration: LEASE_MS,
        stalledInterval: STALLED_MS,
        // A drain is safe to repeat, so however often projectors die, the slot's job goes to the next one.
        maxStalledCount: Number.MAX_SAFE_INTEGER,
      },
    );
    const name = `${prefix}:${PROJECTION_QUEUE_NAME}`;
    this.#locks = new JobLocks(background, { name, lockMs: LEASE_MS, lookMs: STALLED_MS }, log);
    this.#locks.start();
    this.#worker.on('error', (error) =>
      log.debug({ reason: reasonOf(error) }, 'projection worker connection'),
    );
    this.#worker.on('failed', (job, error) => {
      if (error instanceof RefusedJobError) return;
      log.warn(
        { slot: job?.data.slot, reason: reasonOf(error) },
        'a slot could not be drained; the next sweep tries again',
      );
    });
  }

  /** Slots drained at the same time; more are taken as soon as one of those in hand is done. */
  set concurrency(slots: number) {
    this.#worker.concurrency = slots;
  }

  /** Takes no new slot and resolves when those in hand are drained. */
  async stop(): Promise<void> {
    void this.#locks.stop();
    await this.#worker.close();
  }
}
