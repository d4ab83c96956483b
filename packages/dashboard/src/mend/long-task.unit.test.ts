import { describe, expect, it, vi } from 'vitest';
import type { Api } from '../api.js';
import { LongTask } from './long-task.js';

const part = (keys: number, cursor: string | null, more: object = {}) => ({
  ...{ keys, cursor, complete: cursor === null, seconds: 1, keysPerSecond: keys },
  ...more,
});

/** A task over an api that gives these answers, one after the other. */
function taskOver(...answers: object[]) {
  const call = vi.fn(async (_tool: string, _args: { cursor?: string }) => answers.shift());
  const task = new LongTask();
  task.take({ tool: 'verify_cache_sync', args: { prefix: 'k' } });
  const run = (onReport = () => {}) => task.run({ call } as unknown as Api, onReport);
  return { task, run, cursors: () => call.mock.calls.map(([, { cursor }]) => cursor) };
}

describe('a long task', () => {
  it('goes on where each call ended until it is complete, and adds up what they did', async () => {
    const { task, run, cursors } = taskOver(part(3, 'x'), part(2, 'y'), part(1, null));
    expect(await run()).toBe('complete');
    expect(cursors()).toEqual([undefined, 'x', 'y']);
    expect(task.report).toMatchObject({ keys: 6, complete: true });
    expect(task.canGoOn).toBe(false);
  });

  it('that is cancelled ends with its call, has all that was done, and goes on there', async () => {
    const { task, run, cursors } = taskOver(part(3, 'x'), part(2, 'y'), part(1, null));
    expect(await run(() => task.cancel())).toBe('cancelled');
    expect(task.report).toMatchObject({ keys: 5, cursor: 'y' });
    expect(task.canGoOn).toBe(true);
    expect(await run()).toBe('complete');
    expect(cursors()).toEqual([undefined, 'x', 'y']);
    expect(task.report).toMatchObject({ keys: 6 });
  });

  it('ends where a store is away, and goes on there', async () => {
    const { task, run } = taskOver(part(3, 'x', { storeAway: 'MongoDB does not answer' }), part(1, null));
    expect(await run()).toBe('stopped');
    expect(await run()).toBe('complete');
    expect(task.report).toMatchObject({ keys: 4 });
  });

  it('goes on where a report of it ended, which another page may have made', async () => {
    const { task, run, cursors } = taskOver(part(1, null));
    task.take({ tool: 'verify_cache_sync', args: {} }, part(3, 'x'));
    expect(task.canGoOn).toBe(true);
    await run();
    expect(cursors()).toEqual(['x']);
    expect(task.report).toMatchObject({ keys: 4 });
  });

  it('begins anew when another one is taken', async () => {
    const { task, run, cursors } = taskOver(part(3, 'x', { stopped: 'away' }), part(1, null));
    await run();
    task.take({ tool: 'verify_cache_sync', args: {} });
    await run();
    expect(cursors()).toEqual([undefined, undefined]);
  });
});
