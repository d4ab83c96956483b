import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CacheKeys } from '../cache/keys.js';
import { loadSettings } from '../config/load-settings.js';
import { queuePrefix } from '../fast-path/fast-queue.js';
import { Pod } from '../node/pod.js';
import { ProjectorNode } from '../node/projector-node.js';
import { connected, connectRedis } from '../redis/connect-redis.js';
import { SCRIPTS, type ScriptedRedis } from '../redis/scripts.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { PROJECTION_QUEUE_NAME } from './projection-queue.js';
import { SlotLease } from './slot-lease.js';

const log = pino({ level: 'silent' });
const PATIENCE = { timeout: 20_000 };

describe('work whose wake-ups are lost', { timeout: 60_000 }, () => {
  let world: RealWorld;
  let queue: Queue;
  let pod: Pod;
  const projectors: ProjectorNode[] = [];
  const load = () =>
    loadSettings({
      env: {
        REDIS_URL: world.settings.redisUrl,
        MONGODB_URL: world.settings.mongodbUrl,
        HYBRID_SYNC_NAMESPACE: world.settings.namespace,
        HYBRID_SYNC_SLOTS: '4',
        PROJECTOR_SWEEP_MS: '100',
      },
    });
  const startProjector = async () => {
    const projector = new ProjectorNode(load(), log);
    projectors.push(projector);
    await projector.start();
  };
  beforeAll(async () => {
    world = await realWorld(4);
    queue = new Queue(PROJECTION_QUEUE_NAME, {
      connection: { url: world.settings.redisUrl },
      prefix: queuePrefix(world.settings.namespace),
    });
    pod = new Pod(load(), log);
    await pod.start();
  });
  afterEach(async () => {
    for (const projector of projectors.splice(0)) await projector.stop();
    await world.clear();
  });
  afterAll(async () => {
    await pod.stop();
    await queue.close();
    await world.stop();
  });

  it('is done where the queue holds the mark of a job, but the job is in no list', async () => {
    await queue.pause();
    await startProjector();
    await pod.running.sync.set({ key: 'a', value: 'lost' }, { mode: 'event-only' });
    const prefix = queuePrefix(world.settings.namespace);
    await vi.waitFor(async () => {
      const marks = await world.redis.keys(`${prefix}:${PROJECTION_QUEUE_NAME}:de:*`);
      expect(marks).toHaveLength(1);
    }, PATIENCE);
    await world.redis.del(
      `${prefix}:${PROJECTION_QUEUE_NAME}:wait`,
      `${prefix}:${PROJECTION_QUEUE_NAME}:paused`,
    );
    await queue.resume();
    await expect.poll(() => world.shadows.find('a'), PATIENCE).toMatchObject({ lastValue: 'lost' });
  });

  it('is done while someone has paused the queue, whichever projector it falls to', async () => {
    await queue.pause();
    await startProjector();
    await startProjector();
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    for (const key of keys) await pod.running.sync.set({ key, value: 'paused' }, { mode: 'event-only' });
    await expect.poll(() => world.outbox.countUnprocessed(100), PATIENCE).toBe(0);
    expect([...(await world.shadows.versionsOf(keys)).keys()].sort()).toEqual([...keys].sort());
    await queue.resume();
  });
});

describe('the lease of a slot', { timeout: 60_000 }, () => {
  let own: OwnRedis;
  let redis: ScriptedRedis;
  const leaseOf = (holder: string) => new SlotLease(redis, new CacheKeys('lease', 4), holder, log);
  beforeAll(async () => {
    own = await OwnRedis.start();
    redis = connectRedis(own.url, {
      role: 'test',
      use: 'request',
      log,
      deadlineMs: 2000,
      scripts: SCRIPTS,
    }) as unknown as ScriptedRedis;
    await connected(redis);
  });
  afterAll(async () => {
    redis.disconnect();
    await own.stop();
  });

  it('is one holder’s until that gives it up', async () => {
    const held = await leaseOf('one').take(1);
    expect(await leaseOf('two').take(1)).toBeUndefined();
    expect(await leaseOf('two').held([0, 1])).toEqual(new Set([1]));
    await held?.giveUp();
    const next = await leaseOf('two').take(1);
    expect(next).toBeDefined();
    await next?.giveUp();
    expect(await leaseOf('two').held([0, 1])).toEqual(new Set());
  });

  it('ends by itself within seconds where its holder does not prolong it', async () => {
    const held = await leaseOf('mortal').take(2);
    const name = new CacheKeys('lease', 4).drainLease(2);
    expect(await redis.get(name)).toMatch(/^mortal 1 since /);
    const left = await redis.pttl(name);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(6000);
    await held?.giveUp();
  });

  it.each([
    ['whoever tries to take it', (of: SlotLease) => of.take(0)],
    ['whoever looks', (of: SlotLease) => of.held([0])],
  ])("is cut by %s where Redis' clock went back, and it would stand for longer", async (_, meet) => {
    const name = new CacheKeys('lease', 4).drainLease(0);
    await redis.set(name, 'a projector that died', 'PX', 600_000);
    await meet(leaseOf('two'));
    expect(await redis.pttl(name)).toBeLessThanOrEqual(6000);
    expect(await redis.get(name)).toBe('a projector that died');
    await redis.del(name);
  });

  it('tells its holder when it is lost to someone else', async () => {
    const held = await leaseOf('one').take(3);
    await redis.set(new CacheKeys('lease', 4).drainLease(3), 'someone else');
    await vi.waitFor(() => expect(held?.lost.aborted).toBe(true), PATIENCE);
    await held?.giveUp();
    expect(await redis.get(new CacheKeys('lease', 4).drainLease(3))).toBe('someone else');
  });

  it('stops no drain where Redis has no memory for it', async () => {
    await redis.config('SET', 'maxmemory', '100kb');
    const held = await leaseOf('one').take(0);
    expect(held?.lost.aborted).toBe(false);
    await held?.giveUp();
    await redis.config('SET', 'maxmemory', '0');
    expect(await leaseOf('one').held([0])).toEqual(new Set());
  });
});
