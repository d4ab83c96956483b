import { beforeEach, describe, expect, it, vi } from 'vitest';
import { batcherUnderTest, NONE_REFUSED } from '../testing/fake-send.js';
import { aSet } from '../testing/mutations.js';
import { BatchTimeoutError } from './batch-errors.js';
import { GATHER_MS, isWorthLeaving } from './batch-pace.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

/** Lets the turn of the event loop end. */
const turnEnds = () => vi.advanceTimersByTimeAsync(0);
const UNDER_WAY = 30;

/** A batcher with places free and one batch of many mutations under way. */
async function besideMany(bounds = {}) {
  const tested = batcherUnderTest({ maxInFlight: 4, ...bounds });
  const offerMany = (count: number, name: string) => {
    for (let number = 0; number < count; number++) tested.offer(aSet(`${name} ${number}`));
    return turnEnds();
  };
  await offerMany(UNDER_WAY, 'under way');
  return { ...tested, offerMany, sizes: () => tested.sent.map(({ mutations }) => mutations.length) };
}

describe('beside many mutations under way', () => {
  it('a small batch waits for others until it is as large, whatever comes one by one', async () => {
    const { offerMany, sizes } = await besideMany();
    for (let number = 0; number < UNDER_WAY - 1; number++) await offerMany(1, `later ${number}`);
    expect(sizes()).toEqual([UNDER_WAY]);
    await offerMany(1, 'the last');
    expect(sizes()).toEqual([UNDER_WAY, UNDER_WAY]);
  });

  it('it waits no longer than a moment', async () => {
    const { offerMany, sizes } = await besideMany();
    await offerMany(1, 'later');
    await vi.advanceTimersByTimeAsync(GATHER_MS - 1);
    expect(sizes()).toEqual([UNDER_WAY]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sizes()).toEqual([UNDER_WAY, 1]);
  });

  it('the next one waits no longer where all who waited for the first gave up meanwhile', async () => {
    const { offer, offerMany, sizes } = await besideMany();
    const gaveUp = offer(aSet('gave up'), 2, 1);
    await vi.advanceTimersByTimeAsync(GATHER_MS);
    expect(gaveUp.outcome).toBeInstanceOf(BatchTimeoutError);
    await offerMany(1, 'later');
    await vi.advanceTimersByTimeAsync(GATHER_MS);
    expect(sizes()).toEqual([UNDER_WAY, 1]);
  });

  it('the moment of a batch that has left is not that of the next one', async () => {
    const { offerMany, sizes, batch } = await besideMany();
    await offerMany(1, 'later');
    await vi.advanceTimersByTimeAsync(GATHER_MS - 1);
    batch(0).resolve(NONE_REFUSED);
    await turnEnds();
    await offerMany(UNDER_WAY, 'many more');
    await offerMany(1, 'the next');
    await vi.advanceTimersByTimeAsync(GATHER_MS - 1);
    expect(sizes()).toEqual([UNDER_WAY, 1, UNDER_WAY]);
  });

  it('it leaves once those are through, told one by one or as a whole', async () => {
    const { offerMany, sizes, batch, sentKeys } = await besideMany();
    await offerMany(1, 'later');
    batch(0).through(sentKeys()[0] ?? []);
    await turnEnds();
    expect(sizes()).toEqual([UNDER_WAY, 1]);

    const other = await besideMany();
    await other.offerMany(1, 'later');
    other.batch(0).reject(new Error('away'));
    await turnEnds();
    expect(other.sizes()).toEqual([UNDER_WAY, 1]);
  });

  it('it leaves once it is as large as it may be', async () => {
    const { offerMany, sizes } = await besideMany({ maxMutations: 3, maxInFlight: 20 });
    const before = sizes().length;
    await offerMany(2, 'later');
    expect(sizes()).toHaveLength(before);
    await offerMany(1, 'the last');
    expect(sizes()).toHaveLength(before + 1);
  });

  it('it leaves when no more will come: the process stops', async () => {
    const { offerMany, sizes, batcher, batch } = await besideMany();
    await offerMany(1, 'later');
    const drained = batcher.drained();
    expect(sizes()).toEqual([UNDER_WAY, 1]);
    for (const index of [0, 1]) batch(index).resolve(NONE_REFUSED);
    await drained;
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('beside few mutations none waits, and no large batch does', () => {
  expect([isWorthLeaving(1, 0, 256), isWorthLeaving(1, 16, 256)]).toEqual([true, true]);
  expect([isWorthLeaving(1, 17, 256), isWorthLeaving(31, 1000, 256)]).toEqual([false, false]);
  expect([isWorthLeaving(17, 17, 256), isWorthLeaving(32, 1000, 256)]).toEqual([true, true]);
});
