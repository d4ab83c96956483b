import { Queue, QueueEvents, Worker } from 'bullmq';
import type { OpenTheRow } from './row.js';
import { guideUpsert, openMongo, openRedis, shadowsOf } from './row-connections.js';

const QUEUE = 'shadow-sync';
/** `max-async-threads` of the guide. */
const CONCURRENCY = 10;
/** Ended jobs that are kept: a job that is gone before its end was asked for makes `waitUntilFinished` fail. */
const KEPT_JOBS = 1000;

interface SyncJob {
  readonly key: string;
  readonly value: string;
}

/**
 * The guide taken literally: SET, then one job per mutation, whose end is awaited; ten workers write the shadows. `store`:
 * with `none` the workers do nothing, which leaves the queue alone.
 */
export function oneJobPerMutation({ store }: { readonly store?: 'none' } = {}): OpenTheRow {
  return async ({ redisUrl, mongodbUrl, namespace, pairs }) => {
    const mongo = store === 'none' ? undefined : await openMongo(mongodbUrl);
    const shadows = mongo && shadowsOf(mongo);
    const cache = openRedis(redisUrl);
    const shared = { connection: { url: redisUrl }, prefix: namespace };
    const queue = new Queue<SyncJob>(QUEUE, {
      ...shared,
      defaultJobOptions: { removeOnComplete: { count: KEPT_JOBS }, removeOnFail: { count: KEPT_JOBS } },
    });
    const events = new QueueEvents(QUEUE, shared);
    // One listener for each job that is waited for.
    events.setMaxListeners(0);
    const apply = async ({ data }: { data: SyncJob }) => shadows && guideUpsert(shadows, data);
    const worker = new Worker<SyncJob>(QUEUE, apply, { ...shared, concurrency: CONCURRENCY });
    await Promise.all([cache.ping(), ...[queue, events, worker].map((each) => each.waitUntilReady())]);
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
        await mongo?.close();
      },
    };
  };
}
