import { type Job, type Queue, type RedisQueueBackend, raw2NextJobData } from 'bullmq';
import type { RedisConnection } from '../redis/redis-connection.js';
import { QUIET_MARKER } from '../redis/scripts.js';

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

/** A script of BullMQ's, with what it is called with. */
type Call = readonly [name: string, args: unknown[]];

/**
 * Adds a job, and takes the next one for `token`, in one transaction: neither the reply to the first nor the wake-up of a
 * worker is waited for, and no worker is woken where no job is left. The one that is taken is mostly the one that was
 * added, but an older one where some wait.
 * The queue's option `lockDuration` says how long the job's lock stands. `redis`: the connection that the queue is on.
 * @throws what Redis refused the first of them with; nothing was added then
 */
export async function addAndTake(
  queue: Queue,
  redis: RedisConnection,
  job: Job,
  token: string,
): Promise<AddedAndTaken> {
  const { backend, keys } = queue;
  const client = await backend.client;
  const calls: Call[] = [];
  const runCommand = (name: string, args: unknown[]) => void calls.push([name, args]);
  const noted: BullMqClient = Object.create(client, { runCommand: { value: runCommand } });
  // BullMQ's own methods, whose scripts are noted instead of sent.
  const execCommand = (_: unknown, name: string, args: unknown[]) => backend.execCommand(noted, name, args);
  const noting: RedisQueueBackend = Object.create(backend, { execCommand: { value: execCommand } });
  const id = job.id ?? '';
  await noting.addJob(job.asJSON(), id);
  await noting.moveToActive(token);
  calls.push(['eval', [QUIET_MARKER, 4, keys.wait, keys.prioritized, keys.marker, keys.events]]);
  const [added, taken, quieted] = (await inTransaction(redis, client, calls)) ?? [];
  // A server that has lost its scripts tells it behind the transaction, where they can't be sent again by themselves.
  if (isForgotten(added)) await backend.addJob(job.asJSON(), id);
  else if (added?.[0]) throw added[0];
  const next = isForgotten(taken)
    ? await backend.moveToActive(token)
    : raw2NextJobData(taken?.[1] as unknown[]);
  return { taken: takenJob(next), lastEvent: String(quieted?.[1] ?? '0-0') };
}

/** The same connection, which knows BullMQ's scripts by name. */
type BullMqClient = Awaited<RedisQueueBackend['client']>;

/**
 * Makes calls in one transaction and one write. Sent one by one: what ioredis makes a transaction of gets a copy of every
 * script of its connection, of which BullMQ has some sixty, and that costs more than all the rest of it.
 */
async function inTransaction(redis: RedisConnection, client: BullMqClient, calls: readonly Call[]) {
  const { queued, outcome } = redis.inOneWrite(() => {
    const sent: Promise<unknown>[] = [redis.multi({ pipeline: false })];
    try {
      for (const [name, args] of calls) sent.push(client.runCommand(name, args));
      return { queued: Promise.all(sent), outcome: redis.exec() };
    } catch (error) {
      // Whatever else is sent on the connection would become a part of it.
      void Promise.allSettled([...sent, redis.discard()]);
      throw error;
    }
  });
  // The outcome tells of it as well, but not what it was.
  queued.catch(() => undefined);
  return outcome.catch(async (error: unknown) => {
    await queued;
    throw error;
  });
}

function isForgotten(outcome: [Error | null, unknown] | undefined): boolean {
  return outcome?.[0]?.message.startsWith('NOSCRIPT') ?? false;
}

function takenJob([data, id]: unknown[] = []): TakenJob | undefined {
  return data ? { id: String(id), data: data as JobData } : undefined;
}
