import { ServiceLine } from '@hybrid-sync/services/line';
import { Queue } from 'bullmq';
import { describe, expect, it, vi } from 'vitest';
import { NEVER, QueueWorld, setAt } from '../testing/queue-world.js';
import { FAST_QUEUE_NAME, queuePrefix } from './fast-queue.js';
import { BatchTakenBackError } from './sent-jobs.js';

const at = new QueueWorld();

describe('a batch', () => {
  it('comes through, and its sender hears what was stale', async () => {
    at.startWorker();
    await at.world.shadows.apply([setAt('late', 9)], 'ASYNC_THREAD');
    expect(await at.queue.send([setAt('a', 1), setAt('late', 2)], NEVER)).toEqual({ stale: 1, failed: [] });
    expect(await at.world.shadows.find('a')).toMatchObject({ metadata: { syncMethod: 'ASYNC_THREAD' } });
  });

  it('of which one mutation is refused fails for that one alone', async () => {
    at.startWorker(1, {
      shadows: { apply: async () => ({ stale: 0, failed: new Map([['b', 'no']]) }) },
    });
    expect(await at.queue.send([setAt('a', 1), setAt('b', 1)], NEVER)).toEqual({
      stale: 0,
      failed: [['b', 'no']],
    });
  });

  it('whose worker fails is an error for its sender', async () => {
    at.startWorker(1, { shadows: { apply: () => Promise.reject(new Error('MongoDB is away')) } });
    await expect(at.queue.send([setAt('a', 1)], NEVER)).rejects.toThrow('MongoDB is away');
  });

  it('is taken by a worker whose places are full once it is given more of them', async () => {
    const held = at.heldStore();
    const worker = at.startWorker(1, { shadows: held });
    const first = at.queue.send([setAt('a', 1)], NEVER);
    await expect.poll(held.waiting).toBe(1);
    const second = at.queue.send([setAt('b', 1)], NEVER);
    await expect.poll(async () => (await at.state.depth()).waiting).toBe(1);
    worker.settingsChanged({ current: { ...at.world.settings, maxAsyncThreads: 2 } });
    held.letGo();
    await first;
    await expect.poll(held.waiting).toBe(1);
    const third = at.queue.send([setAt('c', 1)], NEVER);
    await expect.poll(held.waiting).toBe(2);
    held.letGo();
    await Promise.all([second, third]);
  });

  it("is through for its sender as soon as a worker of the same pod has applied it, whatever becomes of the queue's events", async () => {
    const line = await ServiceLine.to(at.world.settings.redisUrl);
    await line.open();
    const deaf = at.connect('background', line.url);
    const sender = await at.openQueue(deaf);
    line.freeze();
    at.toldAtOnce = sender;
    at.startWorker();
    expect(await sender.send([setAt('a', 1)], NEVER)).toEqual({ stale: 0, failed: [] });
    line.thaw();
    await sender.stop();
    deaf.disconnect();
    await line.cut();
  });

  it('that is large is told of in parts by a worker of the same pod, which have places of it', async () => {
    at.toldAtOnce = at.queue;
    const held = at.heldStore();
    const worker = at.startWorker(2, { shadows: held });
    const batch = Array.from({ length: 150 }, (_, n) => setAt(`k${n}`, n + 1));
    const through: string[] = [];
    const options = { through: (keys: readonly string[]) => void through.push(...keys) };
    const sent = at.queue.send(batch, NEVER, options);
    await expect.poll(held.waiting).toBe(2);
    expect(worker.keepPlace()).toBeUndefined();
    held.letGo();
    expect(await sent).toEqual({ stale: 0, failed: [] });
    expect(through).toHaveLength(150);
    expect(await at.world.db.collection('kv_shadow').countDocuments()).toBe(150);
  });

  it('of one pod does not settle that of another', async () => {
    const other = await at.openQueue();
    const held = at.heldStore();
    at.startWorker(2, { shadows: held, pods: [at.queue, other] });
    const ours = at.queue.send([setAt('ours', 1)], NEVER);
    const theirs = other.send([setAt('theirs', 1)], NEVER);
    await expect.poll(held.waiting).toBe(2);
    held.letGo();
    expect(await Promise.all([ours, theirs])).toEqual([
      { stale: 0, failed: [] },
      { stale: 0, failed: [] },
    ]);
    await other.stop();
  });
});

describe('a batch that no one waits for any more', () => {
  it('is taken back when no worker has begun it, and is never applied', async () => {
    const abandoned = new AbortController();
    const sent = at.queue.send([setAt('a', 1)], abandoned.signal);
    await expect.poll(async () => (await at.state.depth()).waiting).toBe(1);
    abandoned.abort();
    await expect(sent).rejects.toThrow(BatchTakenBackError);
    expect(await at.state.depth()).toEqual({ active: 0, waiting: 0 });
    at.startWorker();
    await at.queue.send([setAt('b', 1)], NEVER);
    expect(await at.world.shadows.find('a')).toBeNull();
  });

  it('keeps its place while a worker has it, ends late, and overwrites nothing newer', async () => {
    const held = at.heldStore();
    at.startWorker(1, { shadows: held });
    const abandoned = new AbortController();
    const sent = at.queue.send([setAt('a', 1)], abandoned.signal);
    await expect.poll(held.waiting).toBe(1);
    abandoned.abort();
    await at.world.shadows.apply([setAt('a', 2)], 'EVENT_BASED');
    expect(await at.state.depth()).toMatchObject({ active: 1 });
    held.letGo();
    expect(await sent).toEqual({ stale: 1, failed: [] });
    expect(await at.world.shadows.find('a')).toMatchObject({ lastValue: 'of 2' });
  });
});

it('a batch that no one waits for, and whose end is never heard of, is asked about until it is gone', async () => {
  const line = await ServiceLine.to(at.world.settings.redisUrl);
  await line.open();
  const deaf = at.connect('background', line.url);
  const sender = await at.openQueue(deaf);
  // Frozen, not silent: no connection that is made anew brings the event either.
  line.freeze();
  const held = at.heldStore();
  at.startWorker(1, { shadows: held, pods: [sender] });
  const abandoned = new AbortController();
  const sent = sender.send([setAt('a', 1)], abandoned.signal);
  await expect.poll(held.waiting).toBe(1);
  // Asked for the first time, and the worker has it still.
  abandoned.abort();
  expect(await at.state.depth()).toMatchObject({ active: 1 });
  const ended = expect(sent).rejects.toThrow(BatchTakenBackError);
  held.letGo();
  await ended;
  expect(await at.state.depth()).toEqual({ active: 0, waiting: 0 });
  line.thaw();
  await sender.stop();
  deaf.disconnect();
  await line.cut();
});

describe("after Redis' clock went back", () => {
  it("an end is heard of, though the queue's events are of times that were heard already", async () => {
    const events = `${at.name}:events`;
    const later = Date.now() + 600_000;
    await at.world.redis.xadd(
      events,
      `${later}-0`,
      'event',
      'completed',
      'jobId',
      'x',
      'returnvalue',
      'null',
    );
    const held = at.heldStore();
    at.startWorker(1, { shadows: held });
    // Once this batch is through, that event was heard, too.
    const before = at.queue.send([setAt('before', 1)], NEVER);
    await expect.poll(held.waiting).toBe(1);
    held.letGo();
    await before;
    await at.world.redis.del(events);
    const sent = at.queue.send([setAt('a', 1)], NEVER);
    await expect.poll(held.waiting).toBe(1);
    held.letGo();
    expect(await sent).toEqual({ stale: 0, failed: [] });
  });

  it('the locks of jobs whose worker died, and what keeps them from being looked for, end within seconds', async () => {
    const { name } = at;
    const lengths = { 'dead:lock': 10_000, 'stalled-check': 5000, 'locks-cut': 5000 };
    await at.world.redis.rpush(`${name}:active`, 'dead');
    for (const key of Object.keys(lengths)) await at.world.redis.set(`${name}:${key}`, '', 'PX', 600_000);
    at.startWorker();
    for (const [key, length] of Object.entries(lengths))
      await expect.poll(() => at.world.redis.pttl(`${name}:${key}`)).toBeLessThanOrEqual(length);
  });
});

it('a batch given up while it is still being added fails for its sender, and for no one else', async () => {
  // Without anyone listening to it, the failure would be an unhandled rejection, which fails the test run as well.
  const unhandled = vi.fn();
  process.once('unhandledRejection', unhandled);
  const sent = at.queue.send([setAt('a', 1)], NEVER);
  at.queue.jobs.giveUp();
  await expect(sent).rejects.toThrow(BatchTakenBackError);
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

it('a worker has no more batches in hand than its concurrency', async () => {
  const held = at.heldStore();
  const worker = at.startWorker(2, { shadows: held });
  const sent = [1, 2, 3, 4].map((version) => at.queue.send([setAt(`k${version}`, version)], NEVER));
  await expect.poll(async () => (await at.state.depth()).active).toBe(2);
  expect(worker.active).toBe(2);
  const { waiting, oldestWaiting } = await at.state.depth();
  expect(waiting).toBe(2);
  expect(oldestWaiting).toEqual(expect.any(String));
  await expect
    .poll(async () => {
      held.letGo();
      return (await at.state.depth()).active;
    })
    .toBe(0);
  await Promise.all(sent);
});

it('a worker that stops finishes what it has in hand and leaves the rest', async () => {
  const held = at.heldStore();
  const worker = at.startWorker(1, { shadows: held });
  const first = at.queue.send([setAt('first', 1)], NEVER);
  await expect.poll(held.waiting).toBe(1);
  const second = at.queue.send([setAt('second', 1)], NEVER);
  await expect.poll(async () => (await at.state.depth()).waiting).toBe(1);
  const stopped = worker.stop();
  held.letGo();
  await stopped;
  expect(await first).toEqual({ stale: 0, failed: [] });
  expect((await at.state.depth()).waiting).toBe(1);
  at.startWorker();
  expect(await second).toEqual({ stale: 0, failed: [] });
});

describe('jobs that others put into the queue', () => {
  const good = setAt('of a former pod', 1);
  const add = async (...all: unknown[]) => {
    const prefix = queuePrefix(at.world.settings.namespace);
    const foreign = new Queue(FAST_QUEUE_NAME, { connection: at.requests, prefix });
    for (const data of all) await foreign.add('apply', data, { removeOnFail: true, removeOnComplete: true });
    await foreign.close();
  };

  it('are refused and counted where they are none of ours, and change nothing', async () => {
    at.startWorker();
    at.refused.mockClear();
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
    await expect.poll(() => at.refused.mock.calls.length).toBe(broken.length);
    expect(at.refused).toHaveBeenCalledWith('fast');
    expect(await at.world.db.collection('kv_shadow').countDocuments()).toBe(0);
  });

  it.each([
    ['of version 0.1.0', { mutations: [good] }],
    ['whose jobs say layout 1', { layout: 1, mutations: [good] }],
  ])('are taken where a pod %s sent them', async (_, job) => {
    at.startWorker();
    await add(job);
    await expect.poll(() => at.world.shadows.find(good.key)).toMatchObject({ lastValue: good.value });
  });
});
