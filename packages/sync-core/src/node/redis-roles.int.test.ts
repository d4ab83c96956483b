import { ServiceLine } from '@hybrid-sync/services/line';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

let world: RealWorld;
/** Stands for a second Redis: another database of the same server shares no key with the first. */
let queueUrl: string;
let queueRedis: Redis;
let line: ServiceLine;
const nodes: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  world = await realWorld(1);
  const url = new URL(world.settings.redisUrl);
  url.pathname = '/1';
  queueUrl = url.href;
  queueRedis = new Redis(queueUrl);
  line = await ServiceLine.to(queueUrl);
  await line.open();
});
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});
afterAll(async () => {
  await line.cut();
  const left = await queueRedis.keys(`${world.settings.namespace}:*`);
  if (left.length > 0) await queueRedis.del(...left);
  queueRedis.disconnect();
  await world.stop();
});

/** Starts a node whose log lines are kept. */
async function start<Node extends Pod | ProjectorNode>(
  Kind: new (...args: ConstructorParameters<typeof Pod>) => Node,
  env: Record<string, string> = {},
) {
  const { redisUrl, mongodbUrl, namespace } = world.settings;
  const lines: { setting?: string; risk?: string }[] = [];
  const loaded = loadSettings({
    env: {
      REDIS_URL: redisUrl,
      MONGODB_URL: mongodbUrl,
      HYBRID_SYNC_NAMESPACE: namespace,
      HYBRID_SYNC_SLOTS: '1',
      ...env,
    },
  });
  const node = new Kind(loaded, pino({ level: 'warn' }, { write: (line) => lines.push(JSON.parse(line)) }));
  nodes.push(node);
  await node.start();
  return { node, lines };
}

describe('the queues on a Redis of their own', () => {
  const keysOf = (redis: Redis, pattern: string) => redis.keys(`${world.settings.namespace}:${pattern}`);

  it('carry writes on both ways, and the Redis of the cache holds none of their keys', async () => {
    const env = { QUEUE_REDIS_URL: queueUrl };
    const { node: pod } = await start(Pod, env);
    await start(ProjectorNode, env);
    const { sync } = pod.running;
    expect(await sync.set({ key: 'a', value: 'fast' })).toMatchObject({ method: 'ASYNC_THREAD' });
    expect(await sync.set({ key: 'b', value: 'event' }, { mode: 'event-only' })).toMatchObject({
      method: 'EVENT_BASED',
    });
    await expect.poll(() => world.shadows.find('b')).toMatchObject({ lastValue: 'event' });
    expect(await keysOf(world.redis, '*queue*')).toEqual([]);
    expect(await keysOf(queueRedis, '*queue*')).not.toEqual([]);
    expect(await keysOf(queueRedis, '*:kv:*')).toEqual([]);
  });

  it('fail no write when they are gone: it goes by the outbox, whose events the sweep finds', async () => {
    const { node: pod } = await start(Pod, { QUEUE_REDIS_URL: line.url });
    await line.cut();
    expect(await pod.running.sync.set({ key: 'c', value: 'without queues' })).toMatchObject({
      method: 'EVENT_BASED',
    });
    await start(ProjectorNode, { QUEUE_REDIS_URL: queueUrl });
    await expect
      .poll(() => world.shadows.find('c'), { timeout: 10_000 })
      .toMatchObject({ lastValue: 'without queues' });
  });
});

describe('settings of Redis under which acknowledged writes can be lost', () => {
  let before: string;
  beforeAll(async () => {
    before = ((await world.redis.config('GET', 'maxmemory-policy')) as string[])[1] ?? '';
    await world.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  });
  afterAll(() => world.redis.config('SET', 'maxmemory-policy', before));

  it('are told in the log, by the readiness, and by a metric', async () => {
    const { node: pod, lines } = await start(Pod);
    const { unsafe, ready } = pod.readiness();
    expect(ready).toBe(true);
    expect(unsafe).toContainEqual({
      setting: 'maxmemory-policy',
      value: 'allkeys-lru',
      risk: expect.stringContaining('noeviction'),
    });
    expect(lines.map(({ setting }) => setting)).toEqual(unsafe.map(({ setting }) => setting));
    expect(await pod.metrics.registry.getSingleMetricAsString('hybrid_sync_redis_unsafe_settings')).toMatch(
      new RegExp(` ${unsafe.length}$`, 'm'),
    );
  });
});
