import { ServiceLine } from '@hybrid-sync/services/line';
import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { NotReadyError } from '../errors.js';
import { DatabaseRefusedError, LayoutMismatchError } from '../permanent-errors.js';
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
    await world.layout.check();
    await Promise.all([redis.open(), mongodb.open()]);
    const node = nodeOf(kind, { HYBRID_SYNC_SLOTS: String(SLOTS + 1) });
    await expect(node.start()).rejects.toThrow(LayoutMismatchError);
    await node.stop();
    await expect.poll(() => redis.connections + mongodb.connections).toBe(0);
  });

  it('ends when it is stopped between two attempts to reach Redis', async () => {
    const node = nodeOf(kind);
    const ended = expect(node.start()).rejects.toThrow();
    await expect.poll(() => node.stores.redis.at('any').status).toBe('reconnecting');
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

it.each(['checkRedis', 'prove'] as const)(
  'a pod that is stopped in the middle of its start (%s) puts no parts together afterwards',
  async (step) => {
    await Promise.all([redis.open(), mongodb.open()]);
    const pod = nodeOf('Pod');
    const { ownership } = pod.stores;
    const done = ownership[step].bind(ownership);
    vi.spyOn(ownership, step).mockImplementation(async () => {
      await done();
      await pod.stop();
    });
    await pod.start().catch(() => undefined);
    expect(() => pod.running).toThrow(NotReadyError);
    await expect.poll(() => redis.connections + mongodb.connections).toBe(0);
  },
);

describe.each(KINDS)('whose the stores of a %s are', (kind) => {
  const write = { key: 'mine', value: 'v' };
  /** A database with events of another application. */
  async function foreignDatabase() {
    const url = new URL(mongodb.url);
    url.pathname = `/foreign${world.settings.namespace}${kind}`;
    const client = new MongoClient(
      Object.assign(new URL(world.settings.mongodbUrl), { pathname: url.pathname }).href,
    );
    const events = client.db().collection('outbox');
    await events.insertOne({ processed: true, processedAt: new Date(0) });
    const untouched = async () => {
      expect((await client.db().listCollections().toArray()).map(({ name }) => name)).toEqual(['outbox']);
      expect((await events.indexes()).map(({ name }) => name)).toEqual(['_id_']);
      expect(await events.countDocuments()).toBe(1);
    };
    const remove = async () => {
      await client.db().dropDatabase();
      await client.close();
    };
    return { url: url.href, untouched, remove };
  }

  it('a start with the database of another application ends, and touches nothing', async () => {
    const foreign = await foreignDatabase();
    await Promise.all([redis.open(), mongodb.open()]);
    const node = nodeOf(kind, { MONGODB_URL: foreign.url });
    await expect(node.start()).rejects.toThrow(/outbox holds documents .* set MONGODB_URL/);
    expect(node.readiness().reasons).toContainEqual(
      expect.objectContaining({ name: 'STORES_REFUSED', message: expect.stringContaining('MONGODB_URL') }),
    );
    await foreign.untouched();
    await node.stop();
    await foreign.remove();
  });

  it('that is so also where MongoDB was away at first, and writes were journaled', async () => {
    const foreign = await foreignDatabase();
    await redis.open();
    const node = nodeOf(kind, { MONGODB_URL: foreign.url, MONGODB_TIMEOUT_MS: '500' });
    const ended = expect(node.start()).rejects.toThrow(DatabaseRefusedError);
    await expect.poll(() => checks(node).redis).toBe(true);
    if (node instanceof Pod) {
      expect((await node.running.sync.set(write)).method).toBe('JOURNALED');
    }
    await mongodb.open();
    await ended;
    await foreign.untouched();
    if (node instanceof Pod) await expect(node.running.sync.set(write)).rejects.toThrow(DatabaseRefusedError);
    await foreign.untouched();
    await node.stop();
    await foreign.remove();
  });

  it('a running one whose data have another layout is not ready, says why, and is ready again after', async () => {
    await Promise.all([redis.open(), mongodb.open()]);
    const node = nodeOf(kind);
    await node.start();
    const claim = world.db.collection('hybrid_sync_meta');
    await claim.updateOne({}, { $set: { slots: SLOTS + 1 } });
    node.stores.ownership.lookNow();
    await expect.poll(() => node.readiness().ready).toBe(false);
    expect(node.readiness().reasons).toEqual([
      { name: 'STORES_REFUSED', message: expect.stringContaining(`set HYBRID_SYNC_SLOTS=${SLOTS + 1}`) },
    ]);
    await claim.updateOne({}, { $set: { slots: SLOTS } });
    node.stores.ownership.lookNow();
    await expect.poll(() => node.readiness().ready).toBe(true);
  });
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
});
