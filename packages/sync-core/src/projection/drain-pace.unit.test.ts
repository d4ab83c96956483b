import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventsOf, fakeDrainStores } from '../testing/fake-drain-stores.js';
import { aSet } from '../testing/mutations.js';
import { DrainPace } from './drain-pace.js';
import { drainSlot } from './drain-slot.js';
import { EVENT_PAGE_BYTES } from './event-bytes.js';

const BOUND = 1000;
const SLOW_MS = 1250;
/** How long a call of the store may take before it fails, in milliseconds. */
const DEADLINE_MS = 5000;
const RUNNING = new AbortController().signal;

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A pace for a store whose calls take so long for each mutation, and fail at the deadline. */
function paceFor(given: Parameters<typeof fakeDrainStores>[0], store: { msEach: number }) {
  const fake = fakeDrainStores(given);
  const slow = async (size: number) => {
    const takesMs = size * store.msEach;
    vi.advanceTimersByTime(Math.min(takesMs, DEADLINE_MS));
    if (takesMs > DEADLINE_MS) throw new Error('the deadline');
  };
  const { apply } = fake.stores.shadows;
  vi.spyOn(fake.stores.shadows, 'apply').mockImplementation(async (writes, method) => {
    await slow(writes.length);
    return apply(writes, method);
  });
  const { due } = fake.stores.outbox;
  vi.spyOn(fake.stores.outbox, 'due').mockImplementation(async (...args) => {
    const found = await due(...args);
    await slow(found.events.length);
    return found;
  });
  const pace = new DrainPace(fake.stores, () => ({
    projectorBatch: BOUND,
    mongodbTimeoutMs: SLOW_MS * 4,
  }));
  const bounds = {
    recoverAfterMs: 0,
    get batch() {
      return pace.batch;
    },
  };
  return { ...fake, pace, drain: () => drainSlot(0, pace.stores, bounds, RUNNING) };
}

/** How many mutations each batch had. */
const sizesOf = (calls: readonly string[]) =>
  calls.filter((call) => call.startsWith('applied')).map((call) => call.split(',').length);

const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`);

describe('a store that can not take in time what waits', () => {
  it.each(['events', 'entries'] as const)(
    'gets all of the %s, in as many batches as it takes',
    async (what) => {
      const waiting =
        what === 'events'
          ? { events: eventsOf(keys(400)) }
          : { entries: keys(400).map((key, index) => aSet(key, index + 1)) };
      const { drain, calls } = paceFor(waiting, { msEach: 100 });
      let failures = 0;
      for (let attempt = 1; attempt <= 10 && !calls.includes('done'); attempt++) {
        await drain().then(
          () => calls.push('done'),
          () => failures++,
        );
      }
      expect(calls).toContain('done');
      expect(failures).toBeGreaterThan(0);
      expect(calls.filter((call) => call.startsWith('applied')).length).toBeGreaterThan(8);
    },
  );

  it('is asked for no less than one at a time', async () => {
    const { drain, pace } = paceFor({ events: eventsOf(keys(3)) }, { msEach: DEADLINE_MS + 1 });
    for (let attempt = 0; attempt < 12; attempt++) await drain().catch(() => undefined);
    expect(pace.batch).toBe(1);
  });
});

describe('batches', () => {
  it('are as large as the bound at first, and stay so for a store that is quick', async () => {
    const { drain, pace, calls } = paceFor({ events: eventsOf(keys(4000)) }, { msEach: 0.01 });
    await drain();
    expect(pace.batch).toBe(BOUND);
    expect(sizesOf(calls).slice(-3)).toContain(BOUND);
  });

  it('grow again once the store is quick, as long as they are full', async () => {
    const store = { msEach: 100 };
    const { drain, pace } = paceFor({ events: eventsOf(keys(3000)) }, store);
    await drain().catch(() => undefined);
    const small = pace.batch;
    expect(small).toBeLessThan(50);
    store.msEach = 0.01;
    await drain();
    expect(pace.batch).toBeGreaterThan(8 * small);
  });

  it('do not grow after a quick one that was smaller than it might have been, nor after a quick reading', async () => {
    const store = { msEach: 100 };
    const { drain, pace } = paceFor({ events: eventsOf(keys(400)) }, store);
    await drain().catch(() => undefined);
    const small = pace.batch;
    expect(small).toBeLessThan(BOUND);
    store.msEach = 0.01;
    vi.advanceTimersByTime(1);
    await pace.stores.shadows.apply([aSet('a', 1)], 'EVENT_BASED');
    await pace.stores.outbox.due(0, small);
    expect(pace.batch).toBe(small);
  });
});

it('never has more of large events in hand than fits into memory, whatever a batch may have', async () => {
  const bytesEach = EVENT_PAGE_BYTES / 4;
  const value = 'x'.repeat(bytesEach);
  const events = eventsOf(keys(100)).map((event) => ({ ...event, payload: { ...event.payload, value } }));
  const { drain, calls } = paceFor({ events }, { msEach: 0.01 });
  await drain();
  const [first = 0, ...others] = sizesOf(calls);
  // Nothing is known of the first page: it is a small one, and MongoDB bounds its message.
  expect(first).toBe(64);
  expect(others.length).toBeGreaterThan(8);
  for (const size of others) expect(size * bytesEach).toBeLessThanOrEqual(EVENT_PAGE_BYTES);
});

it('asks for fewer bytes of a journal after each reading that failed, and more after one that did not', async () => {
  const fake = fakeDrainStores({});
  const asked: number[] = [];
  let fails = true;
  fake.stores.journal.overdue = async (_slot, _before, _limit, { bytes = 0 } = {}) => {
    asked.push(bytes);
    // Sooner than a call is slow: the deadline of Redis may be a short one.
    vi.advanceTimersByTime(1);
    if (fails) throw new Error('Command timed out');
    return [];
  };
  const { journal } = new DrainPace(fake.stores, () => ({
    projectorBatch: BOUND,
    mongodbTimeoutMs: SLOW_MS * 4,
  })).stores;
  for (let attempt = 0; attempt < 3; attempt++) await expect(journal.overdue(0, 1, 1)).rejects.toThrow();
  fails = false;
  await journal.overdue(0, 1, 1);
  await journal.overdue(0, 1, 1);
  const [first = 0, ...others] = asked;
  expect(others).toEqual([first / 2, first / 4, first / 8, first / 4]);
});
