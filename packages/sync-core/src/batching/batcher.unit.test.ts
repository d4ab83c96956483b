import { beforeEach, describe, expect, it, vi } from 'vitest';
import { mutationBytes } from '../mutation.js';
import { batcherUnderTest, NONE_REFUSED } from '../testing/fake-send.js';
import { aDelete, aSet } from '../testing/mutations.js';
import { BatcherFullError, MutationRefusedError } from './batch-errors.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

/** Lets the turn of the event loop end. */
const turnEnds = () => vi.advanceTimersByTimeAsync(0);

describe('when a batch leaves', () => {
  it('at once, when a place is free: a lone mutation waits for nothing', async () => {
    const { offer, sentKeys } = batcherUnderTest();
    offer(aSet('a'));
    await turnEnds();
    expect(sentKeys()).toEqual([['a']]);
  });

  it('with everything that was offered in the same turn', async () => {
    const { offer, sentKeys } = batcherUnderTest();
    for (const key of ['a', 'b', 'c']) offer(aSet(key));
    expect(sentKeys()).toEqual([]);
    await turnEnds();
    expect(sentKeys()).toEqual([['a', 'b', 'c']]);
  });

  it('when a place becomes free, with everything that was offered meanwhile', async () => {
    const { offer, sentKeys, batch } = batcherUnderTest();
    offer(aSet('a'));
    await turnEnds();
    for (const key of ['b', 'c', 'd']) {
      offer(aSet(key));
      await turnEnds();
    }
    expect(sentKeys()).toEqual([['a']]);
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    expect(sentKeys()).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('beside others, as many as there are places', async () => {
    const { offer, sentKeys, batcher } = batcherUnderTest({ maxInFlight: 2 });
    for (const key of ['a', 'b', 'c']) {
      offer(aSet(key));
      await turnEnds();
    }
    expect(sentKeys()).toEqual([['a'], ['b']]);
    expect(batcher).toMatchObject({ inFlight: 2, forming: 1 });
  });

  it('also when a place was freed by a failure', async () => {
    const { offer, sentKeys, batch } = batcherUnderTest();
    offer(aSet('a'));
    await turnEnds();
    offer(aSet('b'));
    batch(0).reject(new Error('no'));
    await turnEnds();
    expect(sentKeys()).toEqual([['a'], ['b']]);
  });
});

describe('the bounds of a batch', () => {
  it('end it at its number of mutations; the next ones leave with another, if a place is free', async () => {
    const { offer, sentKeys } = batcherUnderTest({ maxInFlight: 2, maxMutations: 2 });
    for (const key of ['a', 'b', 'c']) offer(aSet(key));
    await turnEnds();
    expect(sentKeys()).toEqual([['a', 'b'], ['c']]);
  });

  it('end it at its number of bytes', async () => {
    const maxBytes = 2 * mutationBytes(aSet('a'));
    const { offer, sentKeys } = batcherUnderTest({ maxInFlight: 2, maxBytes });
    for (const key of ['a', 'b', 'c']) offer(aSet(key));
    await turnEnds();
    expect(sentKeys()).toEqual([['a', 'b'], ['c']]);
  });

  it('let a mutation that is larger than a whole batch travel alone', async () => {
    const { offer, sentKeys } = batcherUnderTest({ maxInFlight: 3, maxBytes: 500 });
    offer(aSet('a'));
    offer(aSet('huge', 1, { value: 'x'.repeat(1000) }));
    offer(aSet('b'));
    await turnEnds();
    expect(sentKeys()).toEqual([['a'], ['huge'], ['b']]);
  });

  it('refuse what does not fit any more while all places are taken, and say so beforehand', async () => {
    const { offer, batcher, sentKeys } = batcherUnderTest({ maxMutations: 2 });
    offer(aSet('in flight'));
    await turnEnds();
    offer(aSet('a'));
    expect(batcher.hasRoom(mutationBytes(aSet('b')))).toBe(true);
    offer(aSet('b'));
    expect(batcher.hasRoom(mutationBytes(aSet('c')))).toBe(false);
    const refused = offer(aSet('c'));
    await turnEnds();
    expect(refused.outcome).toBeInstanceOf(BatcherFullError);
    expect(sentKeys()).toEqual([['in flight']]);
    expect(batcher.forming).toBe(2);
  });

  it('refuse by bytes as well', async () => {
    const { offer, batcher } = batcherUnderTest({ maxBytes: 2 * mutationBytes(aSet('a')) });
    offer(aSet('in flight'));
    await turnEnds();
    offer(aSet('a'));
    expect(batcher.hasRoom(mutationBytes(aSet('b')))).toBe(true);
    expect(batcher.hasRoom(mutationBytes(aSet('b')) + 1)).toBe(false);
  });

  it('take new mutations again once a place is free', async () => {
    const { offer, batch, sentKeys } = batcherUnderTest({ maxMutations: 1 });
    offer(aSet('a'));
    await turnEnds();
    offer(aSet('b'));
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    const taken = offer(aSet('c'));
    batch(1).resolve(NONE_REFUSED);
    await turnEnds();
    batch(2).resolve(NONE_REFUSED);
    await turnEnds();
    expect(sentKeys()).toEqual([['a'], ['b'], ['c']]);
    expect(taken.outcome).toBe('through');
  });
});

describe('with a store that is slow', () => {
  const SLOW_MS = 400;

  /** How many mutations of those that come while a batch is in flight are taken. */
  async function takenBeside({ offer, batcher }: ReturnType<typeof batcherUnderTest>): Promise<number> {
    offer(aSet('in flight'));
    await turnEnds();
    for (let number = 0; number < 50; number++) offer(aSet(`waiting ${number}`));
    return batcher.forming;
  }

  it('a batch is as large as its bound at first, half as large after a slow one, and as before after quick ones', async () => {
    const parts = batcherUnderTest({ maxMutations: 8, slowMs: SLOW_MS });
    expect(await takenBeside(parts)).toBe(8);
    parts.batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    await vi.advanceTimersByTimeAsync(SLOW_MS + 1);
    parts.batch(1).resolve(NONE_REFUSED);
    await turnEnds();
    expect(await takenBeside(parts)).toBe(4);
    for (const index of [2, 3]) {
      await vi.advanceTimersByTimeAsync(1);
      parts.batch(index).resolve(NONE_REFUSED);
      await turnEnds();
    }
    expect(await takenBeside(parts)).toBe(8);
  });

  it('what a small batch has no room for is refused at once, and does not wait for the store', async () => {
    const { offer, batch } = batcherUnderTest({ maxMutations: 2, slowMs: SLOW_MS });
    for (const key of ['a', 'b']) offer(aSet(key));
    await vi.advanceTimersByTimeAsync(SLOW_MS + 1);
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    offer(aSet('in flight'));
    await turnEnds();
    const [waiting, refused] = [offer(aSet('c')), offer(aSet('d'))];
    await turnEnds();
    expect(waiting.outcome).toBe('waiting');
    expect(refused.outcome).toBeInstanceOf(BatcherFullError);
  });
});

describe('mutations of one key in one batch', () => {
  it('become the newest one, whose outcome the older ones get as well', async () => {
    const { offer, batch } = batcherUnderTest();
    const offers = [offer(aSet('a', 1)), offer(aDelete('a', 2)), offer(aSet('a', 3))];
    await turnEnds();
    expect(batch(0).mutations).toEqual([aSet('a', 3)]);
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    expect(offers.map(({ outcome }) => outcome)).toEqual(['through', 'through', 'through']);
  });

  it('become the newest one also when an older one arrives after it', async () => {
    const { offer, batch } = batcherUnderTest();
    const offers = [offer(aDelete('a', 7)), offer(aSet('a', 6))];
    await turnEnds();
    expect(batch(0).mutations).toEqual([aDelete('a', 7)]);
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    expect(offers.map(({ outcome }) => outcome)).toEqual(['through', 'through']);
  });

  it('count as one, with the bytes of the newest', async () => {
    const { offer, batcher } = batcherUnderTest({ maxBytes: 2000 });
    offer(aSet('in flight'));
    await turnEnds();
    offer(aSet('a', 1, { value: 'x'.repeat(1000) }));
    offer(aDelete('a', 2));
    const left = 2000 - mutationBytes(aDelete('a'));
    expect(batcher.forming).toBe(1);
    expect([batcher.hasRoom(left), batcher.hasRoom(left + 1)]).toEqual([true, false]);
  });
});

describe('the outcome of a batch', () => {
  it('is told only when it has come', async () => {
    const { offer, batch } = batcherUnderTest();
    const waiting = offer(aSet('a'));
    await turnEnds();
    expect(waiting.outcome).toBe('waiting');
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    expect(waiting.outcome).toBe('through');
  });

  it('is a refusal, with its reason, for the refused keys only', async () => {
    const { offer, batch } = batcherUnderTest();
    const [good, bad] = [offer(aSet('good')), offer(aSet('bad'))];
    await turnEnds();
    batch(0).resolve(new Map([['bad', 'MongoDB error 2']]));
    await turnEnds();
    expect(good.outcome).toBe('through');
    expect(bad.outcome).toEqual(new MutationRefusedError('MongoDB error 2'));
    expect(bad.outcome).toBeInstanceOf(MutationRefusedError);
  });

  it('is the failure, for all, when the batch could not be sent', async () => {
    const { offer, batch } = batcherUnderTest();
    const offers = [offer(aSet('a')), offer(aSet('b'))];
    await turnEnds();
    const away = new Error('away');
    batch(0).reject(away);
    await turnEnds();
    expect(offers.map(({ outcome }) => outcome)).toEqual([away, away]);
  });

  it('leaves no timer behind', async () => {
    const { offer, batch } = batcherUnderTest();
    offer(aSet('a'));
    await turnEnds();
    expect(vi.getTimerCount()).toBe(1);
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    expect(vi.getTimerCount()).toBe(0);
  });
});
