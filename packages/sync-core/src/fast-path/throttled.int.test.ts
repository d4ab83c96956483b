import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { MutationRefusedError } from '../batching/batch-errors.js';
import { CircuitBreaker } from '../control/circuit-breaker.js';
import { Metrics } from '../metrics/metrics.js';
import type { RoutedMutation } from '../mutation.js';
import { outboxRoute } from '../projection/outbox-route.js';
import { connectRedis } from '../redis/connect-redis.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import { Outbox } from '../store/outbox.js';
import type { OutboxEvent } from '../store/outbox-event.js';
import type { ShadowDocument } from '../store/shadow-document.js';
import { ShadowStore } from '../store/shadow-store.js';
import { failingCollection } from '../testing/failing-collection.js';
import { aSet } from '../testing/mutations.js';
import { offered } from '../testing/offered.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { FastQueue } from './fast-queue.js';
import { fastRoute } from './fast-route.js';
import { FastWorker } from './fast-worker.js';

const log = pino({ level: 'silent' });

const PATIENCE = { timeoutMs: 10_000, busyTimeoutMs: 10_000 };

let world: RealWorld;
let requests: RedisConnection;
let background: Redis;
beforeAll(async () => {
  world = await realWorld(1);
  const { redisUrl } = world.settings;
  requests = connectRedis(redisUrl, { role: 'test', use: 'request', log, deadlineMs: 2000 });
  background = connectRedis(redisUrl, { role: 'test', use: 'background', log, deadlineMs: 2000 });
});
afterAll(async () => {
  requests.disconnect();
  background.disconnect();
  await world.stop();
});
beforeEach(async () => {
  await expect.poll(() => requests.status).toBe('ready');
  await world.clear();
});

const settings = () => ({ ...world.settings, fastMaxInFlight: 1, outboxMaxInFlight: 1 });
const breakerOf = () =>
  new CircuitBreaker(
    () => ({ breakerFailures: 2, breakerSlowCallMs: 10_000, breakerHalfOpenMs: 60_000 }),
    () => undefined,
  );

it.each([
  ['fails single operations for reasons of its own opens', 16_500, 'open'],
  ['refuses single documents leaves', 121, 'closed'],
] as const)("a store that %s the fast path's breaker", async (_, code, state) => {
  const collection = world.db.collection<ShadowDocument>('kv_shadow');
  const shadows = new ShadowStore(
    failingCollection(collection, new Map([['bad', { code, errmsg: '' }]])),
    1000,
  );
  const { namespace } = world.settings;
  const queue = await FastQueue.open(requests, background, namespace, log);
  const worker = new FastWorker({
    background,
    namespace,
    concurrency: 1,
    shadows,
    sender: queue.jobs,
    journal: world.journal,
    metrics: { jobRefused: () => undefined },
    log,
  });
  worker.start();
  const breaker = breakerOf();
  const batcher = fastRoute({ queue, worker, breaker, settings, metrics: new Metrics('api') });
  for (const version of [1, 2]) {
    const outcome = offered(batcher, aSet('bad', version), PATIENCE);
    if (state === 'open') await expect(outcome).rejects.toThrow(`MongoDB error ${code}`);
    else await expect(outcome).rejects.toThrow(MutationRefusedError);
  }
  expect(breaker.state).toBe(state);
  await worker.stop();
  await queue.stop();
});

it.each([
  ['fails single operations for reasons of its own opens', 16_500, 'open'],
  ['refuses single documents leaves', 121, 'closed'],
] as const)("a store that %s the outbox' breaker", async (_, code, state) => {
  const errors = new Map(['0-1', '0-2'].map((id) => [id, { code, errmsg: '' }]));
  const collection = failingCollection(world.db.collection<OutboxEvent>('outbox'), errors);
  const breaker = breakerOf();
  const batcher = outboxRoute({
    outbox: new Outbox(collection, () => world.settings),
    projection: { wake: async () => undefined },
    breaker,
    settings,
    metrics: new Metrics('api'),
    log,
  });
  for (const version of [1, 2]) {
    const mutation: RoutedMutation = aSet('bad', version);
    await expect(offered(batcher, mutation, PATIENCE)).rejects.toThrow(`MongoDB error ${code}`);
  }
  expect(breaker.state).toBe(state);
});
