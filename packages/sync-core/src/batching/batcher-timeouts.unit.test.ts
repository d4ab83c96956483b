import { beforeEach, describe, expect, it, vi } from 'vitest';
import { mutationBytes } from '../mutation.js';
import { batcherUnderTest, NONE_REFUSED } from '../testing/fake-send.js';
import { aSet } from '../testing/mutations.js';
import { BatchTimeoutError } from './batch-errors.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

const turnEnds = () => vi.advanceTimersByTimeAsync(0);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('a mutation whose time is up while its batch is forming', () => {
  /** A batcher with its only place taken. */
  async function busy(bounds = {}) {
    const tested = batcherUnderTest(bounds);
    tested.offer(aSet('in flight'));
    await turnEnds();
    return tested;
  }

  it('leaves the batch: a later one does not carry it', async () => {
    const { offer, batch, sentKeys } = await busy();
    const late = offer(aSet('late'), 100);
    const patient = offer(aSet('patient'), 200);
    await pass(100);
    expect(late.outcome).toBeInstanceOf(BatchTimeoutError);
    expect(patient.outcome).toBe('waiting');
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    expect(sentKeys()).toEqual([['in flight'], ['patient']]);
  });

  it('gives its room back', async () => {
    const { offer, batcher } = await busy({ maxBytes: mutationBytes(aSet('late')) });
    offer(aSet('late'), 100);
    expect(batcher.hasRoom(mutationBytes(aSet('next')))).toBe(false);
    await pass(100);
    expect(batcher.forming).toBe(0);
    expect(batcher.hasRoom(mutationBytes(aSet('next')))).toBe(true);
  });

  it('gives back the bytes it took: what is left may grow to the bound again', async () => {
    const { offer, batcher } = await busy({ maxBytes: 1000 });
    offer(aSet('stays'));
    offer(aSet('late', 1, { value: 'x'.repeat(200) }), 100);
    offer(aSet('late', 2, { value: 'newer, and so the size that counts' }), 100);
    await pass(100);
    const left = 1000 - mutationBytes(aSet('stays'));
    expect([batcher.hasRoom(left), batcher.hasRoom(left + 1)]).toEqual([true, false]);
  });

  it('stays while someone else waits for the same key', async () => {
    const { offer, batch, sent } = await busy();
    const hasty = offer(aSet('a', 1), 100);
    const patient = offer(aSet('a', 2), 200);
    await pass(100);
    expect(hasty.outcome).toBeInstanceOf(BatchTimeoutError);
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    expect(sent[1]?.mutations).toEqual([aSet('a', 2)]);
    batch(1).resolve(NONE_REFUSED);
    await turnEnds();
    expect(patient.outcome).toBe('through');
  });

  it('does not take a fresh mutation of the same key with it', async () => {
    const { offer, batch, sent } = await busy();
    offer(aSet('a', 1), 100);
    await pass(100);
    offer(aSet('a', 2), 100);
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    expect(sent[1]?.mutations).toEqual([aSet('a', 2)]);
  });
});

describe('a batch in flight', () => {
  it('is abandoned when the last waiter has gone, and not before', async () => {
    const { offer, batch } = batcherUnderTest();
    offer(aSet('a'), 100);
    offer(aSet('b'), 200);
    await pass(199);
    expect(batch(0).abandoned.aborted).toBe(false);
    await pass(1);
    expect(batch(0).abandoned.aborted).toBe(true);
  });

  it('is not abandoned while one of several waiters of a key is left', async () => {
    const { offer, batch } = batcherUnderTest();
    offer(aSet('a', 1), 100);
    const patient = offer(aSet('a', 2), 1000);
    await pass(999);
    expect(batch(0).abandoned.aborted).toBe(false);
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    expect(patient.outcome).toBe('through');
  });

  it('is not abandoned once it is through', async () => {
    const { offer, batch } = batcherUnderTest();
    const through = offer(aSet('a'), 100);
    await turnEnds();
    batch(0).resolve(NONE_REFUSED);
    await pass(1000);
    expect(batch(0).abandoned.aborted).toBe(false);
    expect(through.outcome).toBe('through');
  });

  it('keeps its place when it is abandoned, until it has really ended', async () => {
    const { offer, batch, batcher, sentKeys } = batcherUnderTest();
    const late = offer(aSet('a'), 100);
    await pass(100);
    offer(aSet('b'));
    await turnEnds();
    expect(sentKeys()).toEqual([['a']]);
    expect(batcher.inFlight).toBe(1);
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    expect(sentKeys()).toEqual([['a'], ['b']]);
    expect(late.outcome).toBeInstanceOf(BatchTimeoutError);
  });

  it('may fail after it was abandoned without anyone hearing of it', async () => {
    const { offer, batch, batcher } = batcherUnderTest();
    const late = offer(aSet('a'), 100);
    await pass(100);
    batch(0).reject(new Error('taken back'));
    await turnEnds();
    expect(late.outcome).toBeInstanceOf(BatchTimeoutError);
    expect(batcher.inFlight).toBe(0);
  });
});

describe('a mutation whose time in a queue is up', () => {
  it('leaves where all places are taken', async () => {
    const { offer, batch } = batcherUnderTest();
    const hasty = offer(aSet('a'), 200, 100);
    const patient = offer(aSet('b'), 200);
    await pass(99);
    expect(hasty.outcome).toBe('waiting');
    await pass(1);
    expect(hasty.outcome).toBeInstanceOf(BatchTimeoutError);
    expect(patient.outcome).toBe('waiting');
    expect(batch(0).abandoned.aborted).toBe(false);
  });

  it('waits on where a place is free, until its whole time is up', async () => {
    const { offer, batch } = batcherUnderTest({ maxInFlight: 2 });
    const alone = offer(aSet('a'), 200, 100);
    await pass(199);
    expect(alone.outcome).toBe('waiting');
    await pass(1);
    expect(alone.outcome).toBeInstanceOf(BatchTimeoutError);
    expect(batch(0).abandoned.aborted).toBe(true);
  });

  it('has no time left over once its batch is through', async () => {
    const { offer, batch } = batcherUnderTest({ maxInFlight: 2 });
    const alone = offer(aSet('a'), 200, 100);
    await pass(150);
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    expect(alone.outcome).toBe('through');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('drained()', () => {
  it('resolves at once when nothing is under way', async () => {
    await expect(batcherUnderTest().batcher.drained()).resolves.toBeUndefined();
  });

  it('resolves when what is in flight and what is forming has ended, well or not', async () => {
    const { offer, batch, batcher } = batcherUnderTest();
    offer(aSet('a'));
    await turnEnds();
    offer(aSet('b'));
    const ended = vi.fn();
    const drained = batcher.drained().then(ended);
    batch(0).reject(new Error('no'));
    await turnEnds();
    expect(batcher.inFlight).toBe(1);
    expect(ended).not.toHaveBeenCalled();
    batch(1).resolve(NONE_REFUSED);
    await drained;
    expect(batcher).toMatchObject({ inFlight: 0, forming: 0 });
  });

  it('does not forget what was offered a moment ago', async () => {
    const { offer, batch, batcher } = batcherUnderTest();
    const offered = offer(aSet('a'));
    const drained = batcher.drained();
    batch(0).resolve(NONE_REFUSED);
    await drained;
    await turnEnds();
    expect(offered.outcome).toBe('through');
  });
});
