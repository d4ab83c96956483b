import { beforeEach, expect, it, vi } from 'vitest';
import { Repeater } from './repeater.js';
import { deferred } from './testing/deferred.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

function repeaterUnderTest(pauseMs: number) {
  const pause = { ms: pauseMs };
  const task = vi.fn(async () => {});
  return { repeater: new Repeater(task, () => pause.ms), task, pause };
}

it('runs at once, and again after each pause, until it is stopped', async () => {
  const { repeater, task } = repeaterUnderTest(100);
  repeater.start();
  repeater.start();
  expect(task).toHaveBeenCalledTimes(1);
  await pass(99);
  expect(task).toHaveBeenCalledTimes(1);
  await pass(1);
  expect(task).toHaveBeenCalledTimes(2);
  await repeater.stop();
  await pass(1000);
  expect(task).toHaveBeenCalledTimes(2);
  expect(vi.getTimerCount()).toBe(0);
});

it('may begin with the pause', async () => {
  const { repeater, task } = repeaterUnderTest(100);
  repeater.start('pause');
  await pass(99);
  expect(task).not.toHaveBeenCalled();
  await pass(1);
  expect(task).toHaveBeenCalledTimes(1);
  await repeater.stop();
});

it('does not start any more once it was stopped', async () => {
  const { repeater, task } = repeaterUnderTest(100);
  await repeater.stop();
  repeater.start();
  await pass(1000);
  expect(task).not.toHaveBeenCalled();
});

it('runs one after the other, and a stop waits for the run under way', async () => {
  const run = deferred<void>();
  const task = vi.fn(() => run.promise);
  const repeater = new Repeater(task, () => 10);
  repeater.start();
  await pass(1000);
  expect(task).toHaveBeenCalledTimes(1);
  const stopped = vi.fn();
  const stop = repeater.stop().then(stopped);
  await pass(1000);
  expect(stopped).not.toHaveBeenCalled();
  run.resolve();
  await stop;
  await pass(1000);
  expect(task).toHaveBeenCalledTimes(1);
});

it('gives a pause that has begun the rest of its new length', async () => {
  const { repeater, task, pause } = repeaterUnderTest(3_600_000);
  repeater.start();
  await pass(60);
  pause.ms = 100;
  repeater.pauseChanged();
  await pass(39);
  expect(task).toHaveBeenCalledTimes(1);
  await pass(1);
  expect(task).toHaveBeenCalledTimes(2);

  await pass(60);
  pause.ms = 50;
  repeater.pauseChanged();
  await pass(0);
  expect(task).toHaveBeenCalledTimes(3);
  await repeater.stop();
});

it('hurries: a run at once, and after a run under way one more', async () => {
  const runs = [deferred<void>(), deferred<void>(), deferred<void>()];
  const task = vi.fn(() => runs[task.mock.calls.length - 1]?.promise ?? Promise.resolve());
  const repeater = new Repeater(task, () => 100);
  repeater.start('pause');
  repeater.hurry();
  expect(task).toHaveBeenCalledTimes(1);
  repeater.hurry();
  repeater.hurry();
  expect(task).toHaveBeenCalledTimes(1);
  runs[0]?.resolve();
  await pass(0);
  expect(task).toHaveBeenCalledTimes(2);
  runs[1]?.resolve();
  await pass(99);
  expect(task).toHaveBeenCalledTimes(2);
  await pass(1);
  expect(task).toHaveBeenCalledTimes(3);
  runs[2]?.resolve();
  await repeater.stop();
});

it('has no pause to change before it was started, nor in a run', async () => {
  const run = deferred<void>();
  const task = vi.fn(() => run.promise);
  const repeater = new Repeater(task, () => 10);
  repeater.pauseChanged();
  await pass(100);
  expect(task).not.toHaveBeenCalled();
  repeater.start();
  repeater.pauseChanged();
  await pass(100);
  expect(task).toHaveBeenCalledTimes(1);
  run.resolve();
  await repeater.stop();
});

it('ends long pauses together with those of others, and short ones to the millisecond', async () => {
  const at: number[][] = [];
  const repeaters = [1000, 1000, 2000, 400].map((pauseMs, index) => {
    at.push([]);
    return new Repeater(
      async () => void at[index]?.push(performance.now()),
      () => pauseMs,
    );
  });
  for (const repeater of repeaters) {
    repeater.start('pause');
    await pass(37);
  }
  await pass(10_000);
  const [first = [], second = [], third = [], short = []] = at;
  expect(first.length).toBeGreaterThanOrEqual(9);
  expect(second.filter((time) => !first.includes(time))).toEqual([]);
  expect(third.filter((time) => !first.includes(time))).toEqual([]);
  expect(short.map((time, index) => time - (short[index - 1] ?? time - 400))).toEqual(short.map(() => 400));
  for (const repeater of repeaters) await repeater.stop();
});
