import { Queue, QueueEvents, Worker } from 'bullmq';
import { guideUpsert } from './guide-upsert.js';
import type { OpenRow, RowSurroundings } from './row.js';
import { openMongo, openRedis, shadowsOf } from './row-connections.js';

const QUEUE = 'shadow-sync';
/** `max-async-threads` of the guide. */
const CONCURRENCY = 10;
/** Ended jobs that are kept: a job that is gone before its end was asked for makes `waitUntilFinished` fail. */
const KEPT_JOBS = 1000;

interface SyncJob {
  readonly key: string;
  readonly value: string;
}

/** The guide taken literally: SET, then one job per mutation, whose end is awaited; ten workers write the shadows. */
export async function oneJobPerMutation(surroundings: RowSurroundings): Promise<OpenRow> {
  const mongo = await openMongo(surroundings.mongodbUrl);
  const shadows = shadowsOf(mongo);
  const jobs = await openJobs(surroundings, (job) => guideUpsert(shadows, job));
  return {
    ...jobs,
    async close() {
      await jobs.close();
      await mongo.close();
    },
  };
}

/** The same with workers that do nothing: the queue alone. */
export async function oneJobPerMutationNoStore(surroundings: RowSurroundings): Promise<OpenRow> {
  return openJobs(surroundings, async () => undefined);
}

async function openJobs(
  { redisUrl, namespace, pairs }: RowSurroundings,
  apply: (job: SyncJob) => Promise<void>,
): Promise<OpenRow> {
  const cache = openRedis(redisUrl);
  const shared = { connection: { url: redisUrl }, prefix: namespace };
  const queue = new Queue<SyncJob>(QUEUE, {
    ...shared,
    defaultJobOptions: { removeOnComplete: { count: KEPT_JOBS }, removeOnFail: { count: KEPT_JOBS } },
  });
  const events = new QueueEvents(QUEUE, shared);
  // One listener for each job that is waited for.
  events.setMaxListeners(0);
  const worker = new Worker<SyncJob>(QUEUE, (job) => apply(job.data), {
    ...shared,
    concurrency: CONCURRENCY,
  });
  await Promise.all([cache.ping(), queue.waitUntilReady(), events.waitUntilReady(), worker.waitUntilReady()]);
  return {
    async write(number) {
      const { key, value } = pairs.at(number);
      await cache.set(key, value);
      const job = await queue.add('sync', { key, value });
      await job.waitUntilFinished(events);
      return undefined;
    },
    async close() {
      await worker.close();
      await Promise.all([events.close(), queue.close()]);
      cache.disconnect();
    },
  };
}
