import { UnrecoverableError } from 'bullmq';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Metrics } from '../metrics/metrics.js';

/** The layout of jobs that carry all that they are about; those of 0.1.0 say none, and are of the same. */
export const JOB_LAYOUT = 1;
/** Time between two words in the log on refused jobs, in milliseconds. */
const SAY_EVERY_MS = 10_000;

/** A job that was not written by this software, or by a later version of it. It is not tried again. */
export class RefusedJobError extends UnrecoverableError {
  override readonly name = 'RefusedJobError';
}

/** Reads what jobs of one queue carry, and refuses what is none of ours: anyone who reaches Redis may have put it there. */
export class JobReader<Data> {
  readonly #queue: 'fast' | 'projection';
  readonly #schema: z.ZodType<Data>;
  readonly #metrics: Pick<Metrics, 'jobRefused'>;
  readonly #log: Logger;
  #unsaid = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(
    queue: 'fast' | 'projection',
    schema: z.ZodType<Data>,
    metrics: Pick<Metrics, 'jobRefused'>,
    log: Logger,
  ) {
    this.#queue = queue;
    this.#schema = schema;
    this.#metrics = metrics;
    this.#log = log;
  }

  /** What a job carries. @throws RefusedJobError, which says what is wrong with it, but not what it holds */
  read(jobId: string | undefined, data: unknown): Data {
    const parsed = this.#schema.safeParse(data);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') || 'the job';
    const reason = `refused: ${where} is not what a job of a known layout has there (${issue?.code})`;
    this.#metrics.jobRefused(this.#queue);
    this.#say(jobId, reason);
    throw new RefusedJobError(reason);
  }

  #say(jobId: string | undefined, reason: string): void {
    this.#unsaid++;
    if (performance.now() - this.#saidAt < SAY_EVERY_MS) return;
    this.#log.error({ queue: this.#queue, jobs: this.#unsaid, jobId, reason }, 'jobs were refused');
    this.#unsaid = 0;
    this.#saidAt = performance.now();
  }
}
