import { ServiceLine } from '@hybrid-sync/services/line';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { LayoutMismatchError, NotReadyError } from '../errors.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

const SLOTS = 4;
/** So long that a test would end first. */
const HOURS_MS = '600000';
const log = pino({ level: 'silent' });
const warn = vi.spyOn(log, 'warn');

const NODES = { Pod, ProjectorNode };
type Kind = keyof typeof NODES;
const KINDS = Object.keys(NODES) as Kind[];

let world: RealWorld;
let redis: ServiceLine;
let mongodb: ServiceLine;
const nodes: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  world = await realWorld(SLOTS);
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.clear();
  redis = await ServiceLine.to(world.settings.redisUrl);
  mongodb = await ServiceLine.to(world.settings.mongodbUrl);
  vi.clearAllMocks();
});
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
  await Promise.all([redis.cut(), mongodb.cut()]);
});

function nodeOf<K extends Kind>(kind: K, env: Record<string, string> = {}): InstanceType<(typeof NODES)[K]> {
  const loaded = loadSettings({
    env: {
      REDIS_URL: redis.url,
      MONGODB_URL: mongodb.url,
      HYBRID_SYNC_NAMESPACE: world.settings.namespace,
      HYBRID_SYNC_SLOTS: String(SLOTS),
      ...env,
    },
  });
  const node = new NODES[kind](loaded, log) as InstanceType<(typeof NODES)[K]>;
  nodes.push(node);
  return node;
}

const checks = (node: Pod | ProjectorNode) => {
  const { ready, checks } = node.readiness();
  return { ready, redis: checks.redis.ok, mongodb: checks.mongodb.ok };
};
/** The steps of a stop that were given up. */
const givenUp = () => warn.mock.calls.filter(([, message]) => String(message).startsWith('stopping without'));

describe.each(KINDS)('the start of a %s', (kind) => {
  it('waits for Redis and for MongoDB, and ends when both have come', async () => {
    const node = nodeOf(kind);
    const started = node.start();
    expect(checks(node)).toEqual({ ready: false, redis: false, mongodb: false });
    await redis.open();
    await expect.poll(() => checks(node).redis, { timeout: 10_000 }).toBe(true);
    expect(checks(node)).toMatchObject({ ready: false, mongodb: false });
    await mongodb.open();
    await started;
    expect(checks(node)).toEqual({ ready: true, redis: true, mongodb: true });
  });

  it('is refused by data of another slot count, and leaves nothing open once stopped', async () => {
    await world.cache.checkLayout();
    await Promise.all([redis.open(), mongodb.open()]);
    const node = nodeOf(kind, { HYBRID_SYNC_SLOTS: String(SLOTS + 1) });
    await expect(node.start()).rejects.toThrow(LayoutMismatchError);
    await node.stop();
    await expect.poll(() => redis.connections + mongodb.connections).toBe(0);
  });

  it('ends when it is stopped between two attempts to reach Redis', async () => {
    const node = nodeOf(kind);
    const ended = expect(node.start()).rejects.toThrow();
    await expect.poll(() => node.stores.redis.status).toBe('reconnecting');
    await node.stop();
    await ended;
    expect(checks(node).ready).toBe(false);
  });

  it('ends when it is stopped while MongoDB is missing, and does not sit out a deadline', async () => {
    await redis.open();
    const node = nodeOf(kind, { MONGODB_TIMEOUT_MS: HOURS_MS });
    const ended = expect(node.start()).rejects.toThrow();
    await expect.poll(() => checks(node).redis).toBe(true);
    await node.stop();
    await ended;
    expect(givenUp()).toEqual([]);
    await expect.poll(() => redis.connections).toBe(0);
  });
});

it('a pod that is stopped in the middle of its start puts no parts together afterwards', async () => {
  await Promise.all([redis.open(), mongodb.open()]);
  const pod = nodeOf('Pod');
  const { cache } = pod.stores;
  const checkLayout = cache.checkLayout.bind(cache);
  vi.spyOn(cache, 'checkLayout').mockImplementation(async () => {
    await checkLayout();
    await pod.stop();
  });
  await pod.start().catch(() => undefined);
  expect(() => pod.running).toThrow(NotReadyError);
  await expect.poll(() => redis.connections + mongodb.connections).toBe(0);
});

describe.each(KINDS)('the stop of a %s', (kind) => {
  it('leaves no connection open, and gives no step up', async () => {
    await Promise.all([redis.open(), mongodb.open()]);
    const node = nodeOf(kind);
    await node.start();
    expect(redis.connections).toBeGreaterThan(0);
    await node.stop();
    await expect.poll(() => redis.connections + mongodb.connections).toBe(0);
    expect(givenUp()).toEqual([]);
  });

  it.each(['Redis', 'MongoDB'])('comes to an end when %s has gone', async (gone) => {
    await Promise.all([redis.open(), mongodb.open()]);
    const node = nodeOf(kind);
    await node.start();
    await (gone === 'Redis' ? redis : mongodb).cut();
    await node.stop();
    await expect.poll(() => redis.connections + mongodb.connections).toBe(0);
  });

  it('comes to an end when both hang', async () => {
    await Promise.all([redis.open(), mongodb.open()]);
    const node = nodeOf(kind);
    await node.start();
    redis.freeze();
    mongodb.freeze();
    await expect(node.stop()).resolves.toBeUndefined();
  });
});
