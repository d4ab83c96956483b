import { setImmediate } from 'node:timers/promises';
import { ServiceLine } from '@hybrid-sync/services/line';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { Job, Queue } from 'bullmq';
import { describe, expect, it, vi } from 'vitest';
import { connected } from '../redis/connect-redis.js';
import { NEVER, QueueWorld, setAt } from '../testing/queue-world.js';
import type { TakenJob } from './add-and-take.js';
import { FAST_QUEUE_NAME, queuePrefix } from './fast-queue.js';
import type { KeepPlace } from './hand-place.js';
import { BatchTakenBackError } from './sent-jobs.js';

const at = new QueueWorld();

describe('a batch that is taken as it is added', () => {
  /** Takes jobs and does nothing with them, as a pod that dies. */
  const taking = () => {
    const taken: (string | undefined)[] = [];
    const begin = vi.fn(async () => ({ stale: 0, failed: [] }));
    const take = (job: TakenJob | undefined) => void taken.push(job?.id);
    const keepPlace: KeepPlace = () => ({ token: 'of a test', begin, take });
    return { taken, begin, keepPlace };
  };

  it('is in hand at once, and no worker is woken', async () => {
    const held = at.heldStore();
    at.toldAtOnce = at.queue;
    const worker = at.startWorker(2, { shadows: held });
    const sent = at.queue.send([setAt('a', 1)], NEVER, { keepPlace: () => worker.keepPlace() });
    await expect.poll(held.waiting).toBe(1);
    expect(await at.state.depth()).toEqual({ active: 1, waiting: 0 });
    expect(await at.world.redis.exists(`${at.name}:marker`)).toBe(0);
    held.letGo();
    expect(await sent).toEqual({ stale: 0, failed: [] });
    await expect.poll(() => at.state.depth()).toEqual({ active: 0, waiting: 0 });
    expect(await at.world.redis.keys(`${at.name}:*-1*`)).toEqual([]);
  });

  it('needs no word from the connection that workers wait on', async () => {
    const line = await ServiceLine.to(at.world.settings.redisUrl);
    await line.open();
    const deaf = at.connect('background', line.url);
    at.toldAtOnce = at.queue;
    const worker = at.startWorker(2, { background: deaf });
    line.freeze();
    expect(await at.queue.send([setAt('a', 1)], NEVER, { keepPlace: () => worker.keepPlace() })).toEqual({
      stale: 0,
      failed: [],
    });
    line.thaw();
    await worker.stop();
    deaf.disconnect();
    await line.cut();
  });

  it('waits for its turn, and any worker may take it, where an older one waits', async () => {
    const older = at.queue.send([setAt('older', 1)], NEVER);
    await expect.poll(async () => (await at.state.depth()).waiting).toBe(1);
    const { oldestWaiting } = await at.state.depth();
    const { taken, keepPlace } = taking();
    const newer = at.queue.send([setAt('newer', 2)], NEVER, { keepPlace });
    await expect.poll(() => taken).toEqual([oldestWaiting]);
    expect(await at.state.depth()).toMatchObject({ active: 1, waiting: 1 });
    at.startWorker();
    expect(await newer).toEqual({ stale: 0, failed: [] });
    at.queue.jobs.giveUp();
    await expect(older).rejects.toThrow(BatchTakenBackError);
  });

  it('by a pod that died is given to another worker', async () => {
    const { taken, keepPlace } = taking();
    const sent = at.queue.send([setAt('a', 1)], NEVER, { keepPlace });
    const ended = expect(sent).rejects.toThrow(BatchTakenBackError);
    await expect.poll(() => taken).toHaveLength(1);
    // As after its lock has ended, at the second look.
    await at.world.redis.del(`${at.name}:${taken[0]}:lock`);
    await at.world.redis.sadd(`${at.name}:stalled`, String(taken[0]));
    at.startWorker();
    await expect.poll(() => at.world.shadows.find('a')).toMatchObject({ lastValue: 'of 1' });
    // The pod is dead: no one hears of it.
    at.queue.jobs.giveUp();
    await ended;
  });

  it('gives its place back where the queue is paused, and waits', async () => {
    const bullmq = new Queue(FAST_QUEUE_NAME, {
      connection: at.requests,
      prefix: queuePrefix(at.world.settings.namespace),
    });
    await bullmq.pause();
    const { taken, keepPlace } = taking();
    const sent = at.queue.send([setAt('a', 1)], NEVER, { keepPlace });
    await expect.poll(() => taken).toEqual([undefined]);
    expect((await at.state.depth()).waiting).toBe(1);
    await bullmq.resume();
    await bullmq.close();
    at.startWorker();
    expect(await sent).toEqual({ stale: 0, failed: [] });
  });

  it('gives its place back where it can not be added', async () => {
    const { taken, keepPlace } = taking();
    await at.world.redis.set(`${at.name}:events`, 'no stream');
    await expect(at.queue.send([setAt('a', 1)], NEVER, { keepPlace })).rejects.toThrow('WRONGTYPE');
    expect(taken).toEqual([undefined]);
  });

  it('is told what Redis refuses, not that the transaction was given up for it', async () => {
    const server = await OwnRedis.start();
    const connections = [at.connect('request', server.url), at.connect('background', server.url)] as const;
    const [requests, background] = connections;
    await Promise.all(connections.map((each) => connected(each)));
    const sender = await at.openQueue(background, requests);
    await requests.acl('SETUSER', 'default', '-eval', '-evalsha');
    const { keepPlace } = taking();
    await expect(sender.send([setAt('a', 1)], NEVER, { keepPlace })).rejects.toThrow('NOPERM');
    await sender.stop();
    for (const each of connections) each.disconnect();
    await server.stop();
  });

  it('leaves no transaction open where it can not be sent whole', async () => {
    const scripts = at.requests as unknown as Record<string, () => unknown>;
    const name = Object.keys(scripts).find((each) => /^moveToActive:[^B]*$/.test(each)) ?? '';
    const taken = vi.spyOn(scripts, name).mockImplementation(() => {
      throw new Error('no such script');
    });
    const { keepPlace } = taking();
    await expect(at.queue.send([setAt('a', 1)], NEVER, { keepPlace })).rejects.toThrow('no such script');
    taken.mockRestore();
    expect(await at.requests.get(`${at.world.settings.namespace}:none`)).toBeNull();
    expect(await at.state.depth()).toEqual({ active: 0, waiting: 0 });
  });

  it('is taken also by a server that has lost its scripts', async () => {
    at.toldAtOnce = at.queue;
    const worker = at.startWorker(2);
    const send = (key: string) =>
      at.queue.send([setAt(key, 1)], NEVER, { keepPlace: () => worker.keepPlace() });
    await send('before');
    await at.world.redis.script('FLUSH');
    // The worker may find it by itself, and bring it a second time.
    expect(await send('after')).toMatchObject({ failed: [] });
    expect(await at.world.shadows.findMany(['before', 'after'])).toHaveLength(2);
  });

  it('shares the places with those that a worker takes', async () => {
    const held = at.heldStore();
    const worker = at.startWorker(2, { shadows: held });
    const keepPlace = () => worker.keepPlace();
    const sent = [1, 2, 3, 4].map((n) =>
      at.queue.send([setAt(`k${n}`, n)], NEVER, n % 2 ? { keepPlace } : {}),
    );
    await expect.poll(held.waiting).toBe(2);
    expect(worker.active).toBe(2);
    expect(worker.keepPlace()).toBeUndefined();
    await expect
      .poll(() => {
        expect(worker.active).toBeLessThanOrEqual(2);
        held.letGo();
        return at.state.depth();
      })
      .toEqual({ active: 0, waiting: 0 });
    await Promise.all(sent);
  });

  it('is finished by a worker that stops, which takes no other one', async () => {
    const held = at.heldStore();
    at.toldAtOnce = at.queue;
    const worker = at.startWorker(2, { shadows: held });
    const sent = at.queue.send([setAt('a', 1)], NEVER, { keepPlace: () => worker.keepPlace() });
    await expect.poll(held.waiting).toBe(1);
    const stopped = worker.stop();
    expect(worker.keepPlace()).toBeUndefined();
    held.letGo();
    await stopped;
    expect(await sent).toEqual({ stale: 0, failed: [] });
    expect(await at.state.depth()).toEqual({ active: 0, waiting: 0 });
  });

  it('that fails has its sender told why', async () => {
    at.toldAtOnce = at.queue;
    const apply = vi.fn().mockRejectedValue(new Error('the store is away'));
    const worker = at.startWorker(2, { shadows: { apply } });
    const sent = at.queue.send([setAt('a', 1)], NEVER, { keepPlace: () => worker.keepPlace() });
    await expect(sent).rejects.toThrow('the store is away');
  });

  it('has its end told to the queue behind what its writers write next', async () => {
    at.toldAtOnce = at.queue;
    const worker = at.startWorker(2);
    const told = vi.spyOn(Job.prototype, 'moveToCompleted');
    await at.queue.send([setAt('a', 1)], NEVER, { keepPlace: () => worker.keepPlace() });
    // As a mutation that is written now leaves.
    await setImmediate();
    expect(told).not.toHaveBeenCalled();
    await expect.poll(() => told.mock.calls.length).toBe(1);
    told.mockRestore();
  });
});
