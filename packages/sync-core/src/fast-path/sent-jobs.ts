import { randomUUID } from 'node:crypto';
import type { RoutedMutation } from '../mutation.js';
import type { FastJobResult } from './fast-job.js';

/** No one waits for this batch any more, and no worker had started it: it was taken back. */
export class BatchTakenBackError extends Error {
  override readonly name = 'BatchTakenBackError';
}

/** How the wait for a batch's end goes on, or ends. */
export interface SentJob {
  /** Whether this pod's worker has it, or is to have it, and so tells of its end. */
  inHand: boolean;
  readonly resolve: (result: FastJobResult) => void;
  readonly reject: (error: Error) => void;
}

/** Told of keys whose mutation is in the shadows while others of their batch are under way. */
export type OnThrough = (keys: readonly string[]) => void;

/** The batches that this pod has sent, each as one job, until their end is known. */
export class SentJobs {
  readonly #jobs = new Map<
    string,
    SentJob & { readonly mutations: readonly RoutedMutation[]; readonly through: OnThrough | undefined }
  >();
  /** First part of the ids of this pod's jobs. */
  readonly #pod = randomUUID();
  #count = 0;

  /** Notes a batch, which gets the id of its job. `end` is rejected with a BatchTakenBackError, or why the job failed. */
  add(
    mutations: readonly RoutedMutation[],
    { through, inHand }: { readonly through: OnThrough | undefined; readonly inHand: boolean },
  ): { readonly jobId: string; readonly end: Promise<FastJobResult> } {
    const jobId = `${this.#pod}-${++this.#count}`;
    const end = new Promise<FastJobResult>((resolve, reject) =>
      this.#jobs.set(jobId, { mutations, through, inHand, resolve, reject }),
    );
    // It may be rejected while the job is still being added, when no one listens yet: that would end the process.
    end.catch(() => undefined);
    return { jobId, end };
  }

  /** Whether a job's end is still awaited. */
  has(jobId: string): boolean {
    return this.#jobs.has(jobId);
  }

  /** Whether the queue's events have to tell of an end, since no worker of this pod does. */
  get needEvents(): boolean {
    return [...this.#jobs.values()].some(({ inHand }) => !inHand);
  }

  /** A job is not in the hand of this pod's worker after all. */
  outOfHand(jobId: string): void {
    const job = this.#jobs.get(jobId);
    if (job !== undefined) job.inHand = false;
  }

  /** The mutations of a job that this pod sent and whose end it does not know yet; undefined for any other. */
  sent(jobId: string): readonly RoutedMutation[] | undefined {
    return this.#jobs.get(jobId)?.mutations;
  }

  /** Tells of mutations of a batch that are in the shadows, if this pod sent it; others may be under way. */
  through(jobId: string, keys: readonly string[]): void {
    this.#jobs.get(jobId)?.through?.(keys);
  }

  /** Settles a batch that is in the shadows, if this pod sent it and has not heard of its end yet. */
  applied(jobId: string, result: FastJobResult): void {
    this.settle(jobId, (job) => job.resolve(result));
  }

  /** Fails a batch whose job failed, if this pod sent it and has not heard of its end yet. */
  failed(jobId: string, reason: string): void {
    this.settle(jobId, (job) => job.reject(new Error(reason)));
  }

  /** Ends the wait for a batch's end, if there is one. */
  settle(jobId: string, how: (job: SentJob) => void): void {
    const job = this.#jobs.get(jobId);
    if (job === undefined) return;
    this.#jobs.delete(jobId);
    how(job);
  }

  /** Ends the wait for every batch under way: its end is no longer of interest here. */
  giveUp(): void {
    for (const jobId of [...this.#jobs.keys()]) {
      this.settle(jobId, (job) => job.reject(new BatchTakenBackError()));
    }
  }

  /** Forgets a batch, settled or not. */
  remove(jobId: string): void {
    this.#jobs.delete(jobId);
  }
}
