import { Queue } from 'bullmq';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { queuePrefix } from '../fast-path/fast-queue.js';
import { JobReader } from '../fast-path/job-layout.js';
import { connected, connectRedis } from '../redis/connect-redis.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import { type Deferred, deferred } from '../testing/deferred.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { PROJECTION_QUEUE_NAME, ProjectionQueue, ProjectionWorker } from './projection-queue.js';
import { slotJob } from './slot-job.js';

const log = pino({ level: 'silent' });
const refused = vi.fn();
const jobs = new JobReader('projection', slotJob(8), { jobRefused: refused }, log);

let world: RealWorld;
let prefix: string;
let requests: RedisConnection;
let queue: ProjectionQueue;
let drains: Drain[];
/** Whether the test is over: drains that begin now, for wake-ups that were kept, end at once. */
let over: boolean;
const projectors: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  world = await realWorld(8);
  prefix = queuePrefix(world.settings.namespace);
  requests = connectRedis(world.settings.redisUrl, { role: 'test', use: 'request', log, deadlineMs: 2000 });
  await connected(requests);
});
afterAll(async () => {
  requests.disconnect();
  await world.stop();
});
beforeEach(() => {
  drains = [];
  over = false;
  queue = new ProjectionQueue(requests, prefix, log);
});
afterEach(async () => {
  over = true;
  for (const drain of drains) drain.resolve();
  await Promise.all(projectors.splice(0).map((projector) => projector.stop()));
  await queue.stop();
  await world.clear();
});

/** A drain that has begun, and that ends when the test says so. */
interface Drain extends Omit<Deferred<void>, 'resolve'> {
  readonly slot: number;
  readonly by: string;
  resolve(): void;
}

/** A projector with a connection of its own, as in a process of its own. */
function startProjector(by: string, concurrency = 4) {
  const background = connectRedis(world.settings.redisUrl, {
    role: 'test',
    use: 'background',
    log,
    deadlineMs: 2000,
  });
  const drain = (slot: number) => {
    const end = deferred<void>();
    drains.push({ slot, by, ...end, resolve: () => end.resolve() });
    if (over) end.resolve();
    return end.promise;
  };
  const worker = new ProjectionWorker({ background, prefix, concurrency, jobs, drain, log });
  let dead = false;
  projectors.push({
    stop: async () => {
      if (!dead) await worker.stop();
      background.disconnect();
    },
  });
  return {
    /** It says nothing more to Redis, and has given nothing back. */
    die: () => {
      dead = true;
      background.disconnect();
    },
  };
}

const begun = (slot: number) => drains.filter((drain) => drain.slot === slot);
const nth = (slot: number, index: number): Drain => {
  const drain = begun(slot)[index];
  if (drain === undefined) throw new Error(`slot ${slot} was drained ${begun(slot).length} times so far`);
  return drain;
};
/** A slot that is woken later than another one is begun later, unless it is begun never. */
const wakeAndAwait = async (slot: number) => {
  const before = begun(slot).length;
  await queue.wake([slot]);
  await expect.poll(() => begun(slot).length).toBe(before + 1);
};

describe('waking', () => {
  it('drains each slot that was named, several at a time', async () => {
    startProjector('one');
    await queue.wake([1, 2, 3]);
    await expect.poll(() => drains.map(({ slot }) => slot).sort()).toEqual([1, 2, 3]);
  });

  it('a slot again and again before a projector takes it drains it once', async () => {
    for (let time = 0; time < 5; time++) await queue.wake([1]);
    startProjector('one');
    await expect.poll(() => begun(1).length).toBe(1);
    nth(1, 0).resolve();
    await wakeAndAwait(2);
    expect(begun(1)).toHaveLength(1);
  });

  it('a slot while it is being drained is kept for when that ends, once however often', async () => {
    startProjector('one');
    await wakeAndAwait(1);
    for (let time = 0; time < 5; time++) await queue.wake([1]);
    await wakeAndAwait(2);
    expect(begun(1)).toHaveLength(1);
    nth(1, 0).resolve();
    await expect.poll(() => begun(1).length).toBe(2);
    nth(1, 1).resolve();
    await wakeAndAwait(3);
    expect(begun(1)).toHaveLength(2);
  });

  it('a slot whose last drain failed drains it again', async () => {
    startProjector('one');
    await wakeAndAwait(1);
    nth(1, 0).reject(new Error('MongoDB is away'));
    await expect
      .poll(async () => {
        await queue.wake([1]);
        return begun(1).length;
      })
      .toBe(2);
  });

  it('a slot while a drain runs that then fails is not forgotten either', async () => {
    startProjector('one');
    await wakeAndAwait(1);
    await queue.wake([1]);
    nth(1, 0).reject(new Error('MongoDB is away'));
    await expect.poll(() => begun(1).length).toBe(2);
  });
});

describe('several projectors', () => {
  it('never drain one slot at the same time', async () => {
    startProjector('one');
    startProjector('two');
    await wakeAndAwait(1);
    await queue.wake([1]);
    await wakeAndAwait(2);
    await wakeAndAwait(3);
    expect(begun(1)).toHaveLength(1);
  });

  it('take over the slot of one that died, and what it was woken for meanwhile is not lost', async () => {
    const mortal = startProjector('mortal');
    await wakeAndAwait(1);
    mortal.die();
    await queue.wake([1]);
    startProjector('heir');
    await expect.poll(() => begun(1).map(({ by }) => by), { timeout: 25_000 }).toEqual(['mortal', 'heir']);
    nth(1, 1).resolve();
    await expect.poll(() => begun(1).map(({ by }) => by)).toEqual(['mortal', 'heir', 'heir']);
  });
});

it('a projector that stops ends its drains first and leaves the other slots to others', async () => {
  startProjector('one', 1);
  await wakeAndAwait(1);
  await queue.wake([2]);
  const [projector] = projectors.splice(0);
  const stopped = projector?.stop();
  nth(1, 0).resolve();
  await stopped;
  expect(begun(2)).toEqual([]);
  startProjector('two');
  await expect.poll(() => begun(2).map(({ by }) => by)).toEqual(['two']);
});

it('jobs of others are refused, and those of version 0.1.0 are not', async () => {
  const foreign = new Queue(PROJECTION_QUEUE_NAME, { connection: requests, prefix });
  startProjector('one');
  const options = { removeOnFail: true, removeOnComplete: true, attempts: 3 };
  for (const data of [{}, { slot: 8 }, { slot: '1' }, { layout: 2, slot: 1 }, null])
    await foreign.add('drain', data, options);
  await foreign.add('drain', { slot: 2 }, options);
  await expect.poll(() => drains.map(({ slot }) => slot)).toEqual([2]);
  expect(refused).toHaveBeenCalledTimes(5);
  expect(refused).toHaveBeenCalledWith('projection');
  await foreign.close();
});

it("the locks of slots whose projector died end within seconds, though Redis' clock went back", async () => {
  const name = `${prefix}:${PROJECTION_QUEUE_NAME}`;
  const lengths = { 'dead:lock': 6000, 'stalled-check': 3000 };
  await world.redis.rpush(`${name}:active`, 'dead');
  for (const key of Object.keys(lengths)) await world.redis.set(`${name}:${key}`, '', 'PX', 600_000);
  startProjector('one');
  for (const [key, length] of Object.entries(lengths))
    await expect.poll(() => world.redis.pttl(`${name}:${key}`)).toBeLessThanOrEqual(length);
});
