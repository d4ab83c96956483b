import { type Job, type Queue, type RedisQueueBackend, raw2NextJobData } from 'bullmq';
import { QUIET_MARKER } from '../cache/scripts.js';

/** What a job is as BullMQ has it in Redis. */
export type JobData = Parameters<typeof Job.fromJSON>[1];

/** A job that was taken by hand. */
export interface TakenJob {
  readonly id: string;
  readonly data: JobData;
}

/** What came of {@link addAndTake}. */
export interface AddedAndTaken {
  /** Undefined where none may be taken, since the queue is paused. */
  readonly taken: TakenJob | undefined;
  /** Id of the last of the queue's events by then: that of the end of a job which was not taken comes behind it. */
  readonly lastEvent: string;
}

/**
 * Adds a job, and takes the next one for `token`, in one transaction: neither the reply to the first nor the wake-up of a
 * worker is waited for, and no worker is woken where no job is left. The one that is taken is mostly the one that was
 * added, but an older one where some wait.
 * The queue's option `lockDuration` says how long the job's lock stands.
 * @throws what Redis refused the first of them with; nothing was added then
 */
export async function addAndTake(queue: Queue, job: Job, token: string): Promise<AddedAndTaken> {
  const { backend, keys } = queue;
  const transaction = (await backend.client).multi();
  // BullMQ's own methods, whose scripts are queued instead of sent.
  const execCommand = (_: unknown, name: string, args: unknown[]) =>
    backend.execCommand(transaction, name, args);
  const queued: RedisQueueBackend = Object.create(backend, { execCommand: { value: execCommand } });
  const id = job.id ?? '';
  await queued.addJob(job.asJSON(), id);
  await queued.moveToActive(token);
  transaction.runCommand('eval', [QUIET_MARKER, 4, keys.wait, keys.prioritized, keys.marker, keys.events]);
  const [added, taken, quieted] = (await transaction.exec()) ?? [];
  // A server that has lost its scripts tells it behind the transaction, where they can't be sent again by themselves.
  if (isForgotten(added)) await backend.addJob(job.asJSON(), id);
  else if (added?.[0]) throw added[0];
  const next = isForgotten(taken)
    ? await backend.moveToActive(token)
    : raw2NextJobData(taken?.[1] as unknown[]);
  return { taken: takenJob(next), lastEvent: String(quieted?.[1] ?? '0-0') };
}

function isForgotten(outcome: [Error | null, unknown] | undefined): boolean {
  return outcome?.[0]?.message.startsWith('NOSCRIPT') ?? false;
}

function takenJob([data, id]: unknown[] = []): TakenJob | undefined {
  return data ? { id: String(id), data: data as JobData } : undefined;
}
