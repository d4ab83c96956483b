import { beforeEach, expect, it, vi } from 'vitest';
import { batcherUnderTest, NONE_REFUSED } from '../testing/fake-send.js';
import { aSet } from '../testing/mutations.js';
import { BatchTimeoutError } from './batch-errors.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

/** Lets the turn of the event loop end. */
const turnEnds = () => vi.advanceTimersByTimeAsync(0);

it('who waits for what is through is told before the rest of the batch is, and what is told later changes nothing', async () => {
  const { offer, batch, batcher } = batcherUnderTest();
  const [a, olderB, b, c] = [aSet('a'), aSet('b', 1), aSet('b', 2), aSet('c')].map((each) => offer(each));
  await turnEnds();
  batch(0).through(['b', 'a', 'of no one']);
  await turnEnds();
  expect([a, olderB, b, c].map((each) => each?.outcome)).toEqual([
    'through',
    'through',
    'through',
    'waiting',
  ]);
  expect(batcher.inFlight).toBe(1);
  batch(0).reject(new Error('the rest failed'));
  await turnEnds();
  expect([a?.outcome, c?.outcome]).toEqual(['through', new Error('the rest failed')]);
  expect(batcher.inFlight).toBe(0);
});

it('a batch is abandoned once no one waits for what is not through yet', async () => {
  const { offer, batch } = batcherUnderTest();
  const a = offer(aSet('a'), 100);
  const [b, c] = [offer(aSet('b'), 200), offer(aSet('c'), 300)];
  await turnEnds();
  batch(0).through(['a']);
  batch(0).through(['a']);
  await vi.advanceTimersByTimeAsync(200);
  expect([a.outcome, b.outcome]).toEqual(['through', new BatchTimeoutError()]);
  expect(batch(0).abandoned.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(100);
  expect(c.outcome).toEqual(new BatchTimeoutError());
  expect(batch(0).abandoned.aborted).toBe(true);
  batch(0).resolve(NONE_REFUSED);
});
