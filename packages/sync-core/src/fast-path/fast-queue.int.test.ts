import { ServiceLine } from '@hybrid-sync/services/line';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CacheKeys } from '../cache/keys.js';
import { connectRedis } from '../cache/redis-connection.js';
import type { Mutation, RoutedMutation, ShadowWriter } from '../mutation.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { BatchTakenBackError, FAST_QUEUE_NAME, FastQueue, queuePrefix } from './fast-queue.js';
import { FastQueueState } from './fast-queue-state.js';
import { FastWorker } from './fast-worker.js';

const log = pino({ level: 'silent' });
const never = new AbortController().signal;
const set = (key: string, version: number): Mutation => ({
  key,
  slot: 0,
  version,
  op: 'set',
  value: `of ${version}`,
});

let world: RealWorld;
let requests: Redis;
let background: Redis;
let queue: FastQueue;
let state: FastQueueState;
/** The queue of the pod that the workers belong to, and that is told by them; undefined where it only hears of ends. */
let toldAtOnce: FastQueue | undefined;
const workers: FastWorker[] = [];
const refused = vi.fn();
beforeAll(async () => {
  world = await realWorld(1);
  requests = connectRedis(world.settings.redisUrl, { role: 'test', use: 'request', log, deadlineMs: 2000 });
  background = connectRedis(world.settings.redisUrl, {
    role: 'test',
    use: 'background',
    log,
    deadlineMs: 2000,
  });
});
afterAll(async () => {
  requests.disconnect();
  background.disconnect();
  await world.stop();
});
beforeEach(async () => {
  await expect.poll(() => requests.status).toBe('ready');
  queue = await FastQueue.open(requests, background, world.settings.namespace, log);
  state = new FastQueueState(requests, world.settings.namespace, log);
});
afterEach(async () => {
  queue.giveUp();
  toldAtOnce = undefined;
  for (const worker of workers.splice(0)) await worker.stop();
  await queue.stop();
  await state.stop();
  await world.clear();
});

/** `pods`: whose mutations it has in memory. */
function startWorker(
  concurrency = 1,
  shadows: ShadowWriter = world.shadows,
  pods: readonly FastQueue[] = [toldAtOnce ?? queue],
): FastWorker {
  const worker = new FastWorker({
    background,
    namespace: world.settings.namespace,
    concurrency,
    shadows,
    sender: {
      sent: (jobId) => pods.map((pod) => pod.sent(jobId)).find((mutations) => mutations !== undefined),
      applied: (jobId, result) => toldAtOnce?.applied(jobId, result),
    },
    journal: world.journal,
    metrics: { jobRefused: refused },
    log,
  });
  worker.start();
  workers.push(worker);
  return worker;
}

/** A store that holds every batch back until it is let go, in front of the real one. */
function heldStore() {
  const held: (() => void)[] = [];
  return {
    /** Batches that wait. */
    waiting: () => held.length,
    letGo: () => {
      for (const release of held.splice(0)) release();
    },
    apply: async (...args: Parameters<RealWorld['shadows']['apply']>) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return world.shadows.apply(...args);
    },
  };
}

describe('a batch', () => {
  it('comes through, and its sender hears what was stale', async () => {
    startWorker();
    await world.shadows.apply([set('late', 9)], 'ASYNC_THREAD');
    expect(await queue.send([set('a', 1), set('late', 2)], never)).toEqual({ stale: 1, failed: [] });
    expect(await world.shadows.find('a')).toMatchObject({ metadata: { syncMethod: 'ASYNC_THREAD' } });
  });

  it('of which one mutation is refused fails for that one alone', async () => {
    startWorker(1, { apply: async () => ({ stale: 0, failed: new Map([['b', 'no']]) }) });
    expect(await queue.send([set('a', 1), set('b', 1)], never)).toEqual({ stale: 0, failed: [['b', 'no']] });
  });

  it('whose worker fails is an error for its sender', async () => {
    startWorker(1, { apply: () => Promise.reject(new Error('MongoDB is away')) });
    await expect(queue.send([set('a', 1)], never)).rejects.toThrow('MongoDB is away');
  });

  it('is taken by a worker whose places are full once it is given more of them', async () => {
    const held = heldStore();
    const worker = startWorker(1, held);
    const first = queue.send([set('a', 1)], never);
    await expect.poll(held.waiting).toBe(1);
    const second = queue.send([set('b', 1)], never);
    await expect.poll(async () => (await state.depth()).waiting).toBe(1);
    worker.settingsChanged({ current: { ...world.settings, maxAsyncThreads: 2 } });
    held.letGo();
    await first;
    await expect.poll(held.waiting).toBe(1);
    const third = queue.send([set('c', 1)], never);
    await expect.poll(held.waiting).toBe(2);
    held.letGo();
    await Promise.all([second, third]);
  });

  it("is through for its sender as soon as a worker of the same pod has applied it, whatever becomes of the queue's events", async () => {
    const line = await ServiceLine.to(world.settings.redisUrl);
    await line.open();
    const deaf = connectRedis(line.url, { role: 'test', use: 'background', log, deadlineMs: 2000 });
    const sender = await FastQueue.open(requests, deaf, world.settings.namespace, log);
    line.freeze();
    toldAtOnce = sender;
    startWorker();
    expect(await sender.send([set('a', 1)], never)).toEqual({ stale: 0, failed: [] });
    line.thaw();
    await sender.stop();
    deaf.disconnect();
    await line.cut();
  });

  it('of one pod does not settle that of another', async () => {
    const other = await FastQueue.open(requests, background, world.settings.namespace, log);
    const held = heldStore();
    startWorker(2, held, [queue, other]);
    const ours = queue.send([set('ours', 1)], never);
    const theirs = other.send([set('theirs', 1)], never);
    await expect.poll(held.waiting).toBe(2);
    held.letGo();
    expect(await Promise.all([ours, theirs])).toEqual([
      { stale: 0, failed: [] },
      { stale: 0, failed: [] },
    ]);
    await other.stop();
  });
});

describe('a batch that a worker of another pod takes', () => {
  const anotherPods = (shadows?: ShadowWriter) => startWorker(1, shadows, []);
  const carriedTrace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  it('comes through whole, with what the journal has of each mutation', async () => {
    const seen: RoutedMutation[] = [];
    anotherPods({
      apply: (mutations, method) => {
        seen.push(...mutations);
        return world.shadows.apply(mutations, method);
      },
    });
    const written = [
      await world.cache.set({ key: 'a', value: 'x', ttlSec: 60, sessionId: 's', interactionId: 'i' }),
      await world.cache.set({ key: 'b', value: '', expireAt: Date.now() + 60_000 }),
      (await world.cache.delete('c')).mutation,
    ].map((mutation): RoutedMutation => ({ ...mutation, traceparent: carriedTrace }));
    expect(await queue.send(written, never)).toEqual({ stale: 0, failed: [] });
    expect(seen).toEqual(written);
    expect(await world.shadows.find('a')).toMatchObject({
      lastValue: 'x',
      sessionId: 's',
      interactionId: 'i',
    });
  });

  it('is in the queue without its values', async () => {
    const value = 'x'.repeat(10_000);
    const sent = queue.send([await world.cache.set({ key: 'a', value })], never);
    const jobs = `${queuePrefix(world.settings.namespace)}:${FAST_QUEUE_NAME}:*-1`;
    await expect.poll(() => world.redis.keys(jobs)).toHaveLength(1);
    const [job = ''] = await world.redis.keys(jobs);
    expect((await world.redis.hget(job, 'data'))?.length).toBeLessThan(100);
    anotherPods();
    await sent;
    expect(await world.shadows.find('a')).toMatchObject({ lastValue: value });
  });

  it('fails for those mutations alone that the journal has no more, or not of this key', async () => {
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((key) => world.cache.set({ key, value: 'x' })));
    if (a === undefined || b === undefined || c === undefined) throw new Error('nothing was written');
    await world.journal.remove([b]);
    anotherPods();
    const { stale, failed } = await queue.send([a, b, { ...c, key: 'other' }], never);
    expect(stale).toBe(0);
    expect(failed.map(([key]) => key)).toEqual(['b', 'other']);
    expect(await world.shadows.find('a')).toMatchObject({ lastValue: 'x' });
    expect(await world.shadows.findMany(['b', 'c', 'other'])).toEqual([]);
  });

  it('is applied as it was sent, though a newer mutation of the key is in the journal', async () => {
    const older = await world.cache.set({ key: 'a', value: 'older' });
    await world.cache.set({ key: 'a', value: 'newer' });
    anotherPods();
    expect(await queue.send([older], never)).toEqual({ stale: 0, failed: [] });
    expect(await world.shadows.find('a')).toMatchObject({ lastValue: 'older' });
  });

  it('is an error for its sender when the journal can not be read', async () => {
    await world.redis.set(new CacheKeys(world.settings.namespace, 1).journal(0), 'no stream');
    anotherPods();
    await expect(queue.send([set('a', 1)], never)).rejects.toThrow('journal');
  });

  it('of a pod that died is applied all the same', async () => {
    const dying = await FastQueue.open(requests, background, world.settings.namespace, log);
    const sent = dying.send([await world.cache.set({ key: 'a', value: 'x' })], never);
    await expect.poll(async () => (await state.depth()).waiting).toBe(1);
    dying.giveUp();
    await expect(sent).rejects.toThrow(BatchTakenBackError);
    await dying.stop();
    anotherPods();
    await expect.poll(() => world.shadows.find('a')).toMatchObject({ lastValue: 'x' });
  });
});

it('a batch of the own pod needs no journal', async () => {
  toldAtOnce = queue;
  startWorker();
  const written = await world.cache.set({ key: 'a', value: 'x' });
  await world.journal.remove([written]);
  expect(await queue.send([written], never)).toEqual({ stale: 0, failed: [] });
  expect(await world.shadows.find('a')).toMatchObject({ lastValue: 'x' });
});

describe('a batch that no one waits for any more', () => {
  it('is taken back when no worker has begun it, and is never applied', async () => {
    const abandoned = new AbortController();
    const sent = queue.send([set('a', 1)], abandoned.signal);
    await expect.poll(async () => (await state.depth()).waiting).toBe(1);
    abandoned.abort();
    await expect(sent).rejects.toThrow(BatchTakenBackError);
    expect(await state.depth()).toEqual({ active: 0, waiting: 0 });
    startWorker();
    await queue.send([set('b', 1)], never);
    expect(await world.shadows.find('a')).toBeNull();
  });

  it('keeps its place while a worker has it, ends late, and overwrites nothing newer', async () => {
    const held = heldStore();
    startWorker(1, held);
    const abandoned = new AbortController();
    const sent = queue.send([set('a', 1)], abandoned.signal);
    await expect.poll(held.waiting).toBe(1);
    abandoned.abort();
    await world.shadows.apply([set('a', 2)], 'EVENT_BASED');
    expect(await state.depth()).toMatchObject({ active: 1 });
    held.letGo();
    expect(await sent).toEqual({ stale: 1, failed: [] });
    expect(await world.shadows.find('a')).toMatchObject({ lastValue: 'of 2' });
  });
});

it('a batch that no one waits for, and whose end is never heard of, is asked about until it is gone', async () => {
  const line = await ServiceLine.to(world.settings.redisUrl);
  await line.open();
  const deaf = connectRedis(line.url, { role: 'test', use: 'background', log, deadlineMs: 2000 });
  const sender = await FastQueue.open(requests, deaf, world.settings.namespace, log);
  // Frozen, not silent: no connection that is made anew brings the event either.
  line.freeze();
  const held = heldStore();
  startWorker(1, held, [sender]);
  const abandoned = new AbortController();
  const sent = sender.send([set('a', 1)], abandoned.signal);
  await expect.poll(held.waiting).toBe(1);
  // Asked for the first time, and the worker has it still.
  abandoned.abort();
  expect(await state.depth()).toMatchObject({ active: 1 });
  const ended = expect(sent).rejects.toThrow(BatchTakenBackError);
  held.letGo();
  await ended;
  expect(await state.depth()).toEqual({ active: 0, waiting: 0 });
  line.thaw();
  await sender.stop();
  deaf.disconnect();
  await line.cut();
});

describe("after Redis' clock went back", () => {
  it("an end is heard of, though the queue's events are of times that were heard already", async () => {
    const events = `${queuePrefix(world.settings.namespace)}:${FAST_QUEUE_NAME}:events`;
    const later = Date.now() + 600_000;
    await world.redis.xadd(events, `${later}-0`, 'event', 'completed', 'jobId', 'x', 'returnvalue', 'null');
    const held = heldStore();
    startWorker(1, held);
    // Once this batch is through, that event was heard, too.
    const before = queue.send([set('before', 1)], never);
    await expect.poll(held.waiting).toBe(1);
    held.letGo();
    await before;
    await world.redis.del(events);
    const sent = queue.send([set('a', 1)], never);
    await expect.poll(held.waiting).toBe(1);
    held.letGo();
    expect(await sent).toEqual({ stale: 0, failed: [] });
  });

  it('the locks of jobs whose worker died, and what keeps them from being looked for, end within seconds', async () => {
    const name = `${queuePrefix(world.settings.namespace)}:${FAST_QUEUE_NAME}`;
    const lengths = { 'dead:lock': 10_000, 'stalled-check': 5000, 'locks-cut': 5000 };
    await world.redis.rpush(`${name}:active`, 'dead');
    for (const key of Object.keys(lengths)) await world.redis.set(`${name}:${key}`, '', 'PX', 600_000);
    startWorker();
    for (const [key, length] of Object.entries(lengths))
      await expect.poll(() => world.redis.pttl(`${name}:${key}`)).toBeLessThanOrEqual(length);
  });
});

it('a batch given up while it is still being added fails for its sender, and for no one else', async () => {
  // Without anyone listening to it, the failure would be an unhandled rejection, which fails the test run as well.
  const unhandled = vi.fn();
  process.once('unhandledRejection', unhandled);
  const sent = queue.send([set('a', 1)], never);
  queue.giveUp();
  await expect(sent).rejects.toThrow(BatchTakenBackError);
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

it('a worker has no more batches in hand than its concurrency', async () => {
  const held = heldStore();
  const worker = startWorker(2, held);
  const sent = [1, 2, 3, 4].map((version) => queue.send([set(`k${version}`, version)], never));
  await expect.poll(async () => (await state.depth()).active).toBe(2);
  expect(worker.active).toBe(2);
  const { waiting, oldestWaiting } = await state.depth();
  expect(waiting).toBe(2);
  expect(oldestWaiting).toEqual(expect.any(String));
  await expect
    .poll(async () => {
      held.letGo();
      return (await state.depth()).active;
    })
    .toBe(0);
  await Promise.all(sent);
});

it('a worker that stops finishes what it has in hand and leaves the rest', async () => {
  const held = heldStore();
  const worker = startWorker(1, held);
  const first = queue.send([set('first', 1)], never);
  await expect.poll(held.waiting).toBe(1);
  const second = queue.send([set('second', 1)], never);
  await expect.poll(async () => (await state.depth()).waiting).toBe(1);
  const stopped = worker.stop();
  held.letGo();
  await stopped;
  expect(await first).toEqual({ stale: 0, failed: [] });
  expect((await state.depth()).waiting).toBe(1);
  startWorker();
  expect(await second).toEqual({ stale: 0, failed: [] });
});

describe('jobs that others put into the queue', () => {
  const good = set('of a former pod', 1);
  const add = async (...all: unknown[]) => {
    const prefix = queuePrefix(world.settings.namespace);
    const foreign = new Queue(FAST_QUEUE_NAME, { connection: requests, prefix });
    for (const data of all) await foreign.add('apply', data, { removeOnFail: true, removeOnComplete: true });
    await foreign.close();
  };

  it('are refused and counted where they are none of ours, and change nothing', async () => {
    startWorker();
    refused.mockClear();
    const broken = [
      {},
      null,
      { mutations: [{ foo: 1 }] },
      { mutations: [{ ...good, key: undefined }] },
      { mutations: [{ ...good, version: undefined }] },
      { mutations: [{ ...good, version: 1.5 }] },
      { mutations: [{ ...good, value: undefined }] },
      { mutations: [{ ...good, slot: 'x' }] },
      { layout: 3, mutations: [good] },
      { layout: 2, mutations: [good] },
      { layout: 2, references: [[0, 1]] },
      { references: [[0, 1, 'a']] },
    ];
    await add(...broken);
    await expect.poll(() => refused.mock.calls.length).toBe(broken.length);
    expect(refused).toHaveBeenCalledWith('fast');
    expect(await world.db.collection('kv_shadow').countDocuments()).toBe(0);
  });

  it.each([
    ['of version 0.1.0', { mutations: [good] }],
    ['whose jobs say layout 1', { layout: 1, mutations: [good] }],
  ])('are taken where a pod %s sent them', async (_, job) => {
    startWorker();
    await add(job);
    await expect.poll(() => world.shadows.find(good.key)).toMatchObject({ lastValue: good.value });
  });
});
