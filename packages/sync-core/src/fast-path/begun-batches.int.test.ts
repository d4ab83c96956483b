import { ServiceLine } from '@hybrid-sync/services/line';
import { Queue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RedisConnection } from '../redis/redis-connection.js';
import { deferred } from '../testing/deferred.js';
import { NEVER, QueueWorld, setAt } from '../testing/queue-world.js';
import { FAST_QUEUE_NAME, type FastQueue, queuePrefix } from './fast-queue.js';
import type { HandPlace } from './hand-place.js';

const at = new QueueWorld();

describe('a batch, where the one before was taken as it was added,', () => {
  /** Holds the sender's requests to the queue's Redis up. */
  let line: ServiceLine;
  let requests: RedisConnection;
  let sender: FastQueue;

  beforeEach(async () => {
    line = await ServiceLine.to(at.world.settings.redisUrl);
    await line.open();
    requests = at.connect('request', line.url, 30_000);
    await expect.poll(() => requests.status).toBe('ready');
    sender = await at.openQueue(at.background, requests);
    at.toldAtOnce = sender;
  });

  afterEach(async () => {
    line.thaw();
    sender.jobs.giveUp();
    await sender.stop();
    requests.disconnect();
    await line.cut();
  });

  /** A worker that has made one batch, in front of this store. */
  async function begunWith(shadows = at.heldStore(), concurrency = 2) {
    const worker = at.startWorker(concurrency, { shadows, pods: [sender, at.queue] });
    const through: string[] = [];
    const send = (key: string, version: number) =>
      sender.send([setAt(key, version)], NEVER, {
        keepPlace: () => worker.keepPlace(),
        through: (keys) => void through.push(...keys),
      });
    const first = send('first', 1);
    await expect.poll(shadows.waiting).toBe(1);
    shadows.letGo();
    await first;
    await expect.poll(() => at.state.depth()).toEqual({ active: 0, waiting: 0 });
    through.length = 0;
    return { worker, shadows, through, send };
  }

  it('is in the shadows, and its writers told, before its job is in the queue', async () => {
    const { shadows, through, send } = await begunWith();
    line.freeze();
    const sent = send('a', 1);
    await expect.poll(shadows.waiting).toBe(1);
    shadows.letGo();
    await expect.poll(() => through).toEqual(['a']);
    expect(await at.world.shadows.find('a')).toMatchObject({ lastValue: 'of 1' });
    line.thaw();
    expect(await sent).toEqual({ stale: 0, failed: [] });
    await expect.poll(() => at.state.depth()).toEqual({ active: 0, waiting: 0 });
  });

  it('is written once, by its job', async () => {
    const { shadows, send } = await begunWith();
    const apply = vi.spyOn(shadows, 'apply');
    const sent = send('a', 1);
    await expect.poll(async () => (await at.state.depth()).active).toBe(1);
    await expect.poll(shadows.waiting).toBe(1);
    shadows.letGo();
    expect(await sent).toEqual({ stale: 0, failed: [] });
    await expect.poll(() => at.state.depth()).toEqual({ active: 0, waiting: 0 });
    expect(apply).toHaveBeenCalledTimes(1);
  });

  it('fails with its job, also where it failed before that was in the queue', async () => {
    const unhandled = vi.fn();
    process.once('unhandledRejection', unhandled);
    const { shadows, send } = await begunWith();
    const failed = deferred<void>();
    vi.spyOn(shadows, 'apply').mockImplementation(async () => {
      failed.resolve();
      throw new Error('MongoDB is away');
    });
    line.freeze();
    const sent = send('a', 1);
    await failed.promise;
    line.thaw();
    await expect(sent).rejects.toThrow('MongoDB is away');
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('waits for its job where it is large', async () => {
    const { worker, shadows } = await begunWith();
    line.freeze();
    const batch = Array.from({ length: 51 }, (_, n) => setAt(`k${n}`, n + 1));
    const place = worker.keepPlace();
    if (place === undefined) throw new Error('there is no place');
    const begin = vi.spyOn(place, 'begin');
    const sent = sender.send(batch, NEVER, { keepPlace: () => place });
    expect(begin).not.toHaveBeenCalled();
    line.thaw();
    await expect.poll(shadows.waiting).toBe(1);
    shadows.letGo();
    expect(await sent).toEqual({ stale: 0, failed: [] });
  });

  it('keeps its place until it is through where its job can not be added', async () => {
    const { worker, shadows, send } = await begunWith(at.heldStore(), 1);
    await at.world.redis.set(`${at.name}:events`, 'no stream');
    await expect(send('a', 1)).rejects.toThrow('WRONGTYPE');
    await at.world.redis.del(`${at.name}:events`);
    expect([shadows.waiting(), worker.keepPlace()]).toEqual([1, undefined]);
    shadows.letGo();
    let place: HandPlace | undefined;
    await expect.poll(() => (place = worker.keepPlace())).toBeDefined();
    place?.take(undefined);
  });

  it('is taken back where the queue was paused meanwhile; the next ones wait', async () => {
    const { shadows, through, send } = await begunWith();
    const queue = new Queue(FAST_QUEUE_NAME, {
      connection: at.requests,
      prefix: queuePrefix(at.world.settings.namespace),
    });
    await queue.pause();
    const sent = send('a', 1);
    await expect.poll(async () => (await at.state.depth()).waiting).toBe(1);
    await expect.poll(shadows.waiting).toBe(1);
    shadows.letGo();
    expect(await sent).toEqual({ stale: 0, failed: [] });
    expect([through, await at.state.depth()]).toEqual([['a'], { active: 0, waiting: 0 }]);
    const waits = send('b', 1);
    await expect.poll(async () => (await at.state.depth()).waiting).toBe(1);
    expect(shadows.waiting()).toBe(0);
    await queue.resume();
    await queue.close();
    await expect.poll(shadows.waiting).toBe(1);
    shadows.letGo();
    expect(await waits).toEqual({ stale: 0, failed: [] });
  });

  it('has an older job, which was taken in its place, made behind it', async () => {
    const { worker, shadows } = await begunWith(at.heldStore(), 1);
    const place = worker.keepPlace();
    if (place === undefined) throw new Error('there is no place');
    const begun = place.begin('waits for its turn', [setAt('a', 1)]);
    at.toldAtOnce = at.queue;
    const older = at.queue.send([setAt('older', 1)], NEVER, { keepPlace: () => place });
    await expect.poll(() => worker.active).toBe(1);
    expect(shadows.waiting()).toBe(1);
    shadows.letGo();
    await begun;
    expect(await at.world.shadows.find('older')).toBeNull();
    await expect.poll(shadows.waiting).toBe(1);
    shadows.letGo();
    expect(await older).toEqual({ stale: 0, failed: [] });
  });
});
