import { setImmediate } from 'node:timers/promises';
import { Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Journal } from '../cache/journal.js';
import type { SettingsChange } from '../config/live-settings.js';
import { reasonOf } from '../errors.js';
import type { Metrics } from '../metrics/metrics.js';
import type { RoutedMutation, ShadowWriter } from '../mutation.js';
import type { TakenJob } from './add-and-take.js';
import { applyInParts } from './apply-in-parts.js';
import { LOCK_MS, UNCHECKED, WORKER_BLOCK } from './bullmq-options.js';
import { type FastJob, type FastJobResult, fastJob } from './fast-job.js';
import { FAST_QUEUE_NAME, queuePrefix } from './fast-queue.js';
import type { HandPlace } from './hand-place.js';
import { JobReader, RefusedJobError } from './job-layout.js';
import { JobLocks } from './job-locks.js';
import { mutationsOf } from './job-mutations.js';
import { Places } from './places.js';
import type { SentJobs } from './sent-jobs.js';

/** Time between two looks for such jobs, in milliseconds. */
const STALLED_MS = LOCK_MS / 2;

/** First part of the tokens of jobs that are taken by hand. */
const BY_HAND = 'by-hand:';

/** What a {@link FastWorker} is made of. */
export interface FastWorkerParts {
  /** The connection stays the caller's. */
  readonly background: Redis;
  readonly namespace: string;
  /** Jobs in hand at the same time (`maxAsyncThreads`). */
  readonly concurrency: number;
  readonly shadows: ShadowWriter;
  /**
   * What the pod itself has sent: it has the mutations of its jobs, and is told of each end before the queue is: its clients
   * need not wait for the way through Redis and back, and nothing else tells it of jobs that are in hand here.
   */
  readonly sender: Pick<SentJobs, 'sent' | 'through' | 'applied' | 'failed'>;
  /** Where the mutations of other pods' jobs are. */
  readonly journal: Pick<Journal, 'find'>;
  readonly metrics: Pick<Metrics, 'jobRefused'>;
  readonly log: Logger;
}

/** The receiving side of the fast queue, in every api pod: one bulk write to the shadows per job. */
export class FastWorker {
  readonly #parts: FastWorkerParts;
  readonly #worker: Worker<FastJob, FastJobResult>;
  readonly #jobs: JobReader<FastJob>;
  readonly #locks: JobLocks;
  readonly #log: Logger;
  readonly #places: Places;
  /** Jobs in hand that were taken as they were added. */
  readonly #byHand = new Set<Promise<void>>();
  /** Batches that were begun in a place kept for a job, by the token of the place. */
  readonly #begun = new Map<string, BegunBatch>();
  #most: number;
  #tokens = 0;
  #active = 0;
  #stopping = false;

  constructor(parts: FastWorkerParts) {
    const { background, namespace, concurrency, metrics, log } = parts;
    this.#parts = parts;
    this.#log = log;
    this.#most = concurrency;
    this.#places = new Places(() => this.#most);
    this.#jobs = new JobReader<FastJob>('fast', fastJob, metrics, log);
    this.#worker = new Worker<FastJob, FastJobResult>(
      FAST_QUEUE_NAME,
      (job, token) => this.#inPlace(job, token),
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
    this.#most = current.maxAsyncThreads;
    this.#worker.concurrency = this.#most;
    this.#places.changed();
  }

  /**
   * Keeps a free place for a job that is taken as it is added, in a transaction of the sender's; undefined where none is
   * free, or no job may be taken.
   */
  keepPlace(): HandPlace | undefined {
    if (this.#stopping || !this.#worker.isRunning() || !this.#places.tryTake()) return undefined;
    const token = `${BY_HAND}${this.#worker.id}:${++this.#tokens}`;
    return {
      token,
      begin: (jobId, mutations) => {
        const outcome = this.#bring(jobId, mutations);
        this.#begun.set(token, { jobId, outcome });
        return outcome;
      },
      take: (job) => this.#follow(this.#make(job, token)),
    };
  }

  /** Jobs this pod's worker has in hand. */
  get active(): number {
    return this.#active;
  }

  /**
   * Takes no new job and resolves when those in hand are done; `atOnce`: without waiting for those, since Redis, which
   * would have to be told of their end, is away.
   */
  async stop({ atOnce = false }: { readonly atOnce?: boolean } = {}): Promise<void> {
    this.#stopping = true;
    void this.#locks.stop();
    await this.#worker.pause(true);
    if (!atOnce) await Promise.all(this.#byHand);
    await this.#worker.close(atOnce);
  }

  #follow(made: Promise<void>): void {
    this.#byHand.add(made);
    void made.finally(() => this.#byHand.delete(made));
  }

  /** Has BullMQ's worker make a job that was taken by hand: it keeps its lock, and tells the queue of its end. */
  async #make(job: TakenJob | undefined, token: string): Promise<void> {
    try {
      if (job === undefined) return;
      const made = Job.fromJSON<FastJob, FastJobResult>(this.#worker, job.data, job.id);
      await this.#worker.processJob(made, token, () => false);
    } catch (error) {
      if (job !== undefined) this.#parts.sender.failed(job.id, reasonOf(error));
      this.#log.warn(
        { jobId: job?.id, reason: reasonOf(error) },
        'the queue was not told of the end of a fast batch',
      );
    } finally {
      await this.#ended(token);
      this.#begun.delete(token);
      this.#places.free();
    }
  }

  /** Resolves once nothing is under way that was begun in this place, however it ended. */
  async #ended(token: string): Promise<void> {
    await this.#begun.get(token)?.outcome.catch(() => undefined);
  }

  /** What was taken by hand has its place already. */
  async #inPlace(job: Job<FastJob>, token = ''): Promise<FastJobResult> {
    if (token.startsWith(BY_HAND)) return this.#apply(job, token);
    await this.#places.take();
    try {
      return await this.#apply(job, token);
    } finally {
      this.#places.free();
    }
  }

  async #apply(job: Job<FastJob>, token: string): Promise<FastJobResult> {
    const { sender } = this.#parts;
    const { id = '' } = job;
    this.#active++;
    try {
      const result = await this.#brought(job, token);
      sender.applied(id, result);
      await writersGoOn();
      return result;
    } catch (error) {
      sender.failed(id, reasonOf(error));
      throw error;
    } finally {
      this.#active--;
    }
  }

  /** What came of a job's mutations, which may have been begun with before it was taken. */
  async #brought({ id = '', data }: Job<FastJob>, token: string): Promise<FastJobResult> {
    const begun = this.#begun.get(token);
    if (begun?.jobId === id) return begun.outcome;
    await this.#ended(token);
    const { sender, journal } = this.#parts;
    const sent = sender.sent(id);
    if (sent !== undefined) return this.#bring(id, sent);
    const { found, missing } = await mutationsOf(this.#jobs.read(id, data), journal);
    const { stale, failed } = await this.#bring(id, found);
    return { stale, failed: [...failed, ...missing] };
  }

  /** Brings mutations to the shadows; those of this pod that wait for them are told. */
  #bring(jobId: string, mutations: readonly RoutedMutation[]): Promise<FastJobResult> {
    const { shadows, sender } = this.#parts;
    return applyInParts(
      mutations,
      (part) => shadows.apply(part, 'ASYNC_THREAD'),
      this.#places,
      (keys) => sender.through(jobId, keys),
    );
  }
}

/** A batch on its way to the shadows, whose job may not be in the queue yet. */
interface BegunBatch {
  readonly jobId: string;
  readonly outcome: Promise<FastJobResult>;
}

/**
 * Resolves behind the turn of the event loop in which the answered writers' next mutations leave: those do not have to
 * wait in Redis for what the queue has to do at a job's end.
 */
async function writersGoOn(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
