import { beforeEach, expect, it, vi } from 'vitest';
import { batcherUnderTest, NONE_REFUSED } from '../testing/fake-send.js';
import { aSet } from '../testing/mutations.js';
import { BatcherFullError, BatchTimeoutError, MutationRefusedError } from './batch-errors.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

const turnEnds = () => vi.advanceTimersByTimeAsync(0);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Offers a list; what each was told, in the order in which they were, by its key. */
function offeredList(
  tested: ReturnType<typeof batcherUnderTest>,
  keys: readonly string[],
  timeoutMs = 60_000,
) {
  const told: [key: string | undefined, error: unknown][] = [];
  const mutations = keys.map((key, place) => aSet(key, place + 1));
  tested.batcher.offer(mutations, { timeoutMs, busyTimeoutMs: timeoutMs }, (place, error) =>
    told.push([keys[place], error]),
  );
  return told;
}

it('mutations that begin to wait in the same turn, equally long, have one timer', async () => {
  const tested = batcherUnderTest();
  offeredList(tested, ['a', 'b', 'c'], 100);
  offeredList(tested, ['d'], 100);
  expect(vi.getTimerCount()).toBe(1);
  offeredList(tested, ['e'], 200);
  expect(vi.getTimerCount()).toBe(2);
  await turnEnds();
  offeredList(tested, ['f'], 200);
  expect(vi.getTimerCount()).toBe(3);
  tested.batch(0).resolve(NONE_REFUSED);
  await turnEnds();
  tested.batch(1).resolve(NONE_REFUSED);
  await turnEnds();
  expect(vi.getTimerCount()).toBe(0);
});

it('those of a list are through, refused, and out of time, each by itself, and told so once', async () => {
  const tested = batcherUnderTest({ maxMutations: 2, maxInFlight: 2 });
  const told = offeredList(tested, ['a', 'b', 'c', 'd'], 100);
  await turnEnds();
  expect(tested.sentKeys()).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  tested.batch(0).resolve(new Map([['b', 'too large']]));
  tested.batch(1).through(['c']);
  await turnEnds();
  expect(told).toEqual([
    ['c', undefined],
    ['a', undefined],
    ['b', new MutationRefusedError('too large')],
  ]);
  await pass(101);
  expect(told.slice(3)).toEqual([['d', new BatchTimeoutError()]]);
  expect(tested.batch(1).abandoned.aborted).toBe(true);
  tested.batch(1).resolve(NONE_REFUSED);
  await turnEnds();
  expect(told).toHaveLength(4);
});

it('those of a list for which there is no room are refused, and the others are not', async () => {
  const tested = batcherUnderTest({ maxMutations: 2 });
  const told = offeredList(tested, ['a', 'b', 'c', 'd', 'e']);
  expect(told).toEqual([['e', new BatcherFullError()]]);
  await turnEnds();
  expect(tested.sentKeys()).toEqual([['a', 'b']]);
  tested.batch(0).resolve(NONE_REFUSED);
  await turnEnds();
  expect(tested.sentKeys()[1]).toEqual(['c', 'd']);
});

it('older mutations of a key in a list have the outcome of the newest', async () => {
  const tested = batcherUnderTest();
  const told = offeredList(tested, ['a', 'b', 'a']);
  await turnEnds();
  expect(tested.sent[0]?.mutations.map(({ version }) => version)).toEqual([3, 2]);
  tested.batch(0).resolve(new Map([['a', 'no']]));
  await turnEnds();
  const refused = new MutationRefusedError('no');
  expect(told).toEqual([
    ['a', refused],
    ['a', refused],
    ['b', undefined],
  ]);
});

it('of those that begin to wait together one may be through while another goes on waiting', async () => {
  const tested = batcherUnderTest();
  const first = offeredList(tested, ['a'], 100);
  tested.batcher.offer([], { timeoutMs: 100, busyTimeoutMs: 100 }, () => undefined);
  const second = offeredList(tested, ['b'], 100);
  await turnEnds();
  tested.batch(0).through(['a']);
  await pass(100);
  expect(first).toEqual([['a', undefined]]);
  expect(second).toEqual([['b', new BatchTimeoutError()]]);
});
