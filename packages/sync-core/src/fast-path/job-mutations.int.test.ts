import { describe, expect, it } from 'vitest';
import { CacheKeys } from '../cache/keys.js';
import type { RoutedMutation, ShadowWriter } from '../mutation.js';
import { NEVER, QueueWorld, setAt } from '../testing/queue-world.js';
import { BatchTakenBackError } from './sent-jobs.js';

const at = new QueueWorld();

describe('a batch that a worker of another pod takes', () => {
  const anotherPods = (shadows: ShadowWriter = at.world.shadows) => at.startWorker(1, { shadows, pods: [] });
  const carriedTrace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  it('comes through whole, with what the journal has of each mutation', async () => {
    const seen: RoutedMutation[] = [];
    anotherPods({
      apply: (mutations, method) => {
        seen.push(...mutations);
        return at.world.shadows.apply(mutations, method);
      },
    });
    const written = [
      await at.world.cache.set({ key: 'a', value: 'x', ttlSec: 60, sessionId: 's', interactionId: 'i' }),
      await at.world.cache.set({ key: 'b', value: '', expireAt: Date.now() + 60_000 }),
      (await at.world.cache.delete('c')).mutation,
    ].map((mutation): RoutedMutation => ({ ...mutation, traceparent: carriedTrace }));
    expect(await at.queue.send(written, NEVER)).toEqual({ stale: 0, failed: [] });
    expect(seen).toEqual(written);
    expect(await at.world.shadows.find('a')).toMatchObject({
      lastValue: 'x',
      sessionId: 's',
      interactionId: 'i',
    });
  });

  it('is in the queue without its values', async () => {
    const value = 'x'.repeat(10_000);
    const sent = at.queue.send([await at.world.cache.set({ key: 'a', value })], NEVER);
    const jobs = `${at.name}:*-1`;
    await expect.poll(() => at.world.redis.keys(jobs)).toHaveLength(1);
    const [job = ''] = await at.world.redis.keys(jobs);
    expect((await at.world.redis.hget(job, 'data'))?.length).toBeLessThan(100);
    anotherPods();
    await sent;
    expect(await at.world.shadows.find('a')).toMatchObject({ lastValue: value });
  });

  it('fails for those mutations alone that the journal has no more, or not of this key', async () => {
    const [a, b, c] = await Promise.all(
      ['a', 'b', 'c'].map((key) => at.world.cache.set({ key, value: 'x' })),
    );
    if (a === undefined || b === undefined || c === undefined) throw new Error('nothing was written');
    await at.world.journal.remove([b]);
    anotherPods();
    const { stale, failed } = await at.queue.send([a, b, { ...c, key: 'other' }], NEVER);
    expect(stale).toBe(0);
    expect(failed.map(([key]) => key)).toEqual(['b', 'other']);
    expect(await at.world.shadows.find('a')).toMatchObject({ lastValue: 'x' });
    expect(await at.world.shadows.findMany(['b', 'c', 'other'])).toEqual([]);
  });

  it('is applied as it was sent, though a newer mutation of the key is in the journal', async () => {
    const older = await at.world.cache.set({ key: 'a', value: 'older' });
    await at.world.cache.set({ key: 'a', value: 'newer' });
    anotherPods();
    expect(await at.queue.send([older], NEVER)).toEqual({ stale: 0, failed: [] });
    expect(await at.world.shadows.find('a')).toMatchObject({ lastValue: 'older' });
  });

  it('is an error for its sender when the journal can not be read', async () => {
    await at.world.redis.set(new CacheKeys(at.world.settings.namespace, 1).journal(0), 'no stream');
    anotherPods();
    await expect(at.queue.send([setAt('a', 1)], NEVER)).rejects.toThrow('journal');
  });

  it('of a pod that died is applied all the same', async () => {
    const dying = await at.openQueue();
    const sent = dying.send([await at.world.cache.set({ key: 'a', value: 'x' })], NEVER);
    await expect.poll(async () => (await at.state.depth()).waiting).toBe(1);
    dying.jobs.giveUp();
    await expect(sent).rejects.toThrow(BatchTakenBackError);
    await dying.stop();
    anotherPods();
    await expect.poll(() => at.world.shadows.find('a')).toMatchObject({ lastValue: 'x' });
  });
});

it('a batch of the own pod needs no journal', async () => {
  at.toldAtOnce = at.queue;
  at.startWorker();
  const written = await at.world.cache.set({ key: 'a', value: 'x' });
  await at.world.journal.remove([written]);
  expect(await at.queue.send([written], NEVER)).toEqual({ stale: 0, failed: [] });
  expect(await at.world.shadows.find('a')).toMatchObject({ lastValue: 'x' });
});
