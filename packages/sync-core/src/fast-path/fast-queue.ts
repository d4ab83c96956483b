import { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import type { RoutedMutation } from '../mutation.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import { type AddedAndTaken, addAndTake } from './add-and-take.js';
import { LOCK_MS, UNCHECKED } from './bullmq-options.js';
import { type FastJob, type FastJobResult, fastJobResult, referringJob } from './fast-job.js';
import type { HandPlace, KeepPlace } from './hand-place.js';
import { JobEnds } from './job-ends.js';
import { BatchTakenBackError, type OnThrough, type SentJob, SentJobs } from './sent-jobs.js';

/** Name of the BullMQ queue that carries batches to the fast workers. */
export const FAST_QUEUE_NAME = 'fast';

/** BullMQ's key prefix for the queues of a namespace; one hash tag, so that its scripts run on one cluster node. */
export function queuePrefix(namespace: string): string {
  return `${namespace}:{queue}`;
}

/** A batch of more mutations waits for its job: of the time that it takes, the way to Redis and back is little. */
const MOST_BEGUN = 50;

/** How often a job that no one waits for is asked whether it has ended without our hearing of it, in milliseconds. */
const LOST_EVENT_CHECK_MS = 2000;

/** What a sender may do or hear before a batch's end. */
export interface SendOptions {
  /** Where a worker of this pod takes the job at once; it is only added unless given. */
  readonly keepPlace?: KeepPlace;
  /** Is told of keys whose mutation is in the shadows while others are under way. */
  readonly through?: OnThrough;
}

const JOB_NAME = 'apply';
const JOB_OPTIONS = { removeOnComplete: true, removeOnFail: true };

/**
 * The sending side of the fast queue: one job per batch. A job refers to its mutations, which stay here until its end is
 * known: the values travel no further than they have to. The end is told by the worker of this pod, where that has the
 * job, else by the queue's events.
 */
export class FastQueue {
  /** Its jobs whose end is not known yet. */
  readonly jobs = new SentJobs();
  readonly #queue: Queue<FastJob, FastJobResult>;
  readonly #requests: RedisConnection;
  readonly #ends: JobEnds;
  readonly #log: Logger;
  /** Whether the last job that was added to be taken was taken: the queue was not paused, and no older job waited. */
  #takesOwn = false;

  private constructor(requests: RedisConnection, background: Redis, namespace: string, log: Logger) {
    const prefix = queuePrefix(namespace);
    this.#log = log;
    this.#requests = requests;
    this.#queue = new Queue<FastJob, FastJobResult>(FAST_QUEUE_NAME, {
      connection: requests,
      ...UNCHECKED,
      prefix,
      skipWaitingForReady: true,
      // Of jobs that are taken by hand.
      ...{ lockDuration: LOCK_MS },
    });
    this.#queue.on('error', (error) => log.debug({ reason: reasonOf(error) }, 'fast queue connection'));
    this.#ends = new JobEnds({
      requests,
      background,
      queue: FAST_QUEUE_NAME,
      prefix,
      needed: () => this.jobs.needEvents,
      onCompleted: (jobId, returned) => {
        const { data } = fastJobResult.safeParse(returned);
        if (data !== undefined) this.jobs.applied(jobId, data);
        else this.jobs.failed(jobId, 'what a worker said of the batch can not be read');
      },
      onFailed: (jobId, reason) => this.jobs.failed(jobId, reason),
      log,
    });
  }

  /** Opens the queue on connections that the caller owns, once its Redis answers. */
  static async open(
    requests: RedisConnection,
    background: Redis,
    namespace: string,
    log: Logger,
  ): Promise<FastQueue> {
    await requests.time();
    return new FastQueue(requests, background, namespace, log);
  }

  /**
   * Sends a batch and waits for a worker's word on it. When `abandoned` aborts, a job that has not started is taken
   * back; one that has is waited for, since it still uses its place in the queue.
   * @throws BatchTakenBackError, or why the queue or the worker failed
   */
  async send(
    mutations: readonly RoutedMutation[],
    abandoned: AbortSignal,
    { keepPlace, through }: SendOptions = {},
  ): Promise<FastJobResult> {
    const place = keepPlace?.();
    const { jobId, end } = this.jobs.add(mutations, { through, inHand: place !== undefined });
    const takeBack = () => void this.#takeBack(jobId);
    abandoned.addEventListener('abort', takeBack, { once: true });
    try {
      await this.#add(jobId, mutations, place);
      if (abandoned.aborted) takeBack();
      return await end;
    } finally {
      this.jobs.remove(jobId);
      abandoned.removeEventListener('abort', takeBack);
    }
  }

  /** Closes the queue and the event reader; the connections stay the caller's. Call when no batch is under way. */
  async stop(): Promise<void> {
    await Promise.all([this.#queue.close(), this.#ends.stop()]);
  }

  async #add(
    jobId: string,
    mutations: readonly RoutedMutation[],
    place: HandPlace | undefined,
  ): Promise<void> {
    const data = referringJob(mutations);
    const options = { ...JOB_OPTIONS, jobId };
    if (place === undefined) {
      await this.#ends.hear();
      await this.#queue.add(JOB_NAME, data, options);
      return;
    }
    const begun = this.#begin(jobId, mutations, place);
    let outcome: AddedAndTaken | undefined;
    try {
      outcome = await addAndTake(
        this.#queue,
        this.#requests,
        new Job(this.#queue, JOB_NAME, data, options, jobId),
        place.token,
      );
    } finally {
      this.#takesOwn = outcome?.taken?.id === jobId;
      place.take(outcome?.taken);
    }
    if (this.#takesOwn) return;
    this.jobs.outOfHand(jobId);
    this.#ends.hearBehind(outcome.lastEvent);
    // What is in the shadows already need not wait for a worker; what is not stays for one.
    begun?.then(
      (result) => this.#takeBack(jobId, (job) => job.resolve(result)),
      () => undefined,
    );
  }

  /** Begins with a small batch beside its job; its writers are told once it is through. */
  #begin(
    jobId: string,
    mutations: readonly RoutedMutation[],
    place: HandPlace,
  ): Promise<FastJobResult> | undefined {
    if (!this.#takesOwn || mutations.length > MOST_BEGUN) return undefined;
    const begun = place.begin(jobId, mutations).then((result) => {
      const failed = new Map(result.failed);
      this.jobs.through(
        jobId,
        mutations.map(({ key }) => key).filter((key) => !failed.has(key)),
      );
      return result;
    });
    // It may fail while the job is still being added, when no one listens yet: that would end the process.
    begun.catch(() => undefined);
    return begun;
  }

  /**
   * Removes the job if no worker has started it, and settles its batch as told. Otherwise its end is awaited; should the
   * event that tells of it be lost (Redis restarted, say), the job is found gone by asking.
   */
  async #takeBack(
    jobId: string,
    how: (job: SentJob) => void = (job) => job.reject(new BatchTakenBackError()),
  ): Promise<void> {
    while (this.jobs.has(jobId)) {
      try {
        if ((await this.#queue.remove(jobId)) === 1 || (await this.#queue.getJobState(jobId)) === 'unknown') {
          this.jobs.settle(jobId, how);
          return;
        }
      } catch (error) {
        this.#log.debug({ reason: reasonOf(error), jobId }, 'a timed-out batch could not be taken back yet');
      }
      await new Promise((resolve) => setTimeout(resolve, LOST_EVENT_CHECK_MS).unref());
    }
  }
}
