import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { SettingsChange } from '../config/live-settings.js';
import { reasonOf } from '../errors.js';
import type { Metrics } from '../metrics/metrics.js';
import type { ShadowWriter } from '../mutation.js';
import { UNCHECKED, WORKER_BLOCK } from './bullmq-options.js';
import { type FastJob, type FastJobResult, fastJob } from './fast-job.js';
import { FAST_QUEUE_NAME, queuePrefix } from './fast-queue.js';
import { JobReader, RefusedJobError } from './job-layout.js';
import { JobLocks } from './job-locks.js';

/** A job whose worker died is given to another one after this time without a sign of life, in milliseconds. */
const LOCK_MS = 10_000;
/** Time between two looks for such jobs, in milliseconds. */
const STALLED_MS = LOCK_MS / 2;

/** The receiving side of the fast queue, in every api pod: one bulk write to the shadows per job. */
export class FastWorker {
  readonly #worker: Worker<FastJob, FastJobResult>;
  readonly #locks: JobLocks;
  readonly #log: Logger;
  #active = 0;

  /**
   * `concurrency`: jobs in hand at the same time (`maxAsyncThreads`). `applied` is told of every batch that is in the
   * shadows, before the queue is: when this pod sent it, its clients need not wait for the way through Redis and back.
   * The connection stays the caller's.
   */
  constructor(
    background: Redis,
    namespace: string,
    concurrency: number,
    shadows: ShadowWriter,
    applied: (jobId: string, result: FastJobResult) => void,
    metrics: Pick<Metrics, 'jobRefused'>,
    log: Logger,
  ) {
    this.#log = log;
    const jobs = new JobReader<FastJob>('fast', fastJob, metrics, log);
    this.#worker = new Worker<FastJob, FastJobResult>(
      FAST_QUEUE_NAME,
      async (job) => {
        const { mutations } = jobs.read(job.id, job.data);
        this.#active++;
        try {
          const { stale, failed } = await shadows.apply(mutations, 'ASYNC_THREAD');
          const result = { stale, failed: [...failed] };
          applied(job.id ?? '', result);
          return result;
        } finally {
          this.#active--;
        }
      },
      {
        connection: background,
        ...UNCHECKED,
        ...WORKER_BLOCK,
        prefix: queuePrefix(namespace),
        concurrency,
        autorun: false,
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_MS,
      },
    );
    const name = `${queuePrefix(namespace)}:${FAST_QUEUE_NAME}`;
    this.#locks = new JobLocks(background, { name, lockMs: LOCK_MS, lookMs: STALLED_MS }, log);
    this.#worker.on('error', (error) => log.debug({ reason: reasonOf(error) }, 'fast worker connection'));
    this.#worker.on('failed', (job, error) => {
      if (error instanceof RefusedJobError) return;
      log.warn({ jobId: job?.id, reason: reasonOf(error) }, 'a fast batch failed');
    });
  }

  /** Begins to take jobs: not before the shadows may be written, since other pods' jobs would fail here. */
  start(): void {
    if (this.#worker.isRunning()) return;
    this.#locks.start();
    this.#worker.run().catch((error: unknown) => {
      this.#log.debug({ reason: reasonOf(error) }, 'the fast worker ended');
    });
  }

  /** More jobs, where it may have more, are taken as soon as one of those in hand is done. */
  settingsChanged({ current }: Pick<SettingsChange, 'current'>): void {
    this.#worker.concurrency = current.maxAsyncThreads;
  }

  /** Jobs this pod's worker has in hand. */
  get active(): number {
    return this.#active;
  }

  /**
   * Takes no new job and resolves when those in hand are done; `atOnce`: without waiting for those, since Redis, which
   * would have to be told of their end, is away.
   */
  async stop(atOnce = false): Promise<void> {
    void this.#locks.stop();
    await this.#worker.close(atOnce);
  }
}
