import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import type { Mutation } from '../mutation.js';
import { type Deferred, deferred } from '../testing/deferred.js';
import { aSet } from '../testing/mutations.js';
import { JournalAcker } from './journal-acker.js';

type Entry = Pick<Mutation, 'slot' | 'version'>;

/** Entries that are removed in one round trip, at most. */
const ROUND_TRIP = 1000;
/** Entries that may wait, at most. */
const MAX_WAITING = 50_000;

/** An acker on a journal that answers when the test wants it to. */
function ackerUnderTest(pauseMs = 0) {
  const roundTrips: { versions: number[]; answer: Deferred<void> }[] = [];
  const log = pino({ level: 'silent' });
  const warn = vi.spyOn(log, 'warn');
  const remove = (entries: Iterable<Entry>) => {
    const answer = deferred<void>();
    roundTrips.push({ versions: Array.from(entries, ({ version }) => version), answer });
    return answer.promise;
  };
  const acker = new JournalAcker({ remove }, log, pauseMs);
  return {
    acker,
    warn,
    roundTrips,
    /** Lets the round trip under way end, and waits for the next one if there is more to do. */
    async answered(how: (answer: Deferred<void>) => void = (answer) => answer.resolve()) {
      const last = roundTrips.at(-1);
      if (last === undefined) throw new Error('no round trip is under way');
      how(last.answer);
      await turnEnds();
    },
  };
}

/** Lets everything happen that waits for nothing outside. */
const turnEnds = () => new Promise((resolve) => setImmediate(resolve));

/** Entries with the versions from `first` on. */
const entries = (count: number, first = 1): Entry[] =>
  Array.from({ length: count }, (_, index) => ({ slot: 0, version: first + index }));

describe('acknowledging', () => {
  it('removes what is acknowledged in one turn with one round trip', async () => {
    const { acker, roundTrips } = ackerUnderTest();
    acker.acknowledge([aSet('a', 1)]);
    acker.acknowledge([aSet('b', 2), aSet('c', 3)]);
    await turnEnds();
    expect(roundTrips.map(({ versions }) => versions)).toEqual([[1, 2, 3]]);
  });

  it('makes one round trip at a time; what arrives meanwhile goes with the next one', async () => {
    const { acker, roundTrips, answered } = ackerUnderTest();
    acker.acknowledge(entries(1));
    await turnEnds();
    acker.acknowledge(entries(1, 2));
    await turnEnds();
    acker.acknowledge(entries(1, 3));
    await turnEnds();
    expect(roundTrips).toHaveLength(1);
    await answered();
    expect(roundTrips.map(({ versions }) => versions)).toEqual([[1], [2, 3]]);
  });

  it('bounds a round trip', async () => {
    const { acker, roundTrips, answered } = ackerUnderTest();
    acker.acknowledge(entries(ROUND_TRIP + 1));
    await turnEnds();
    await answered();
    expect(roundTrips.map(({ versions }) => versions.length)).toEqual([ROUND_TRIP, 1]);
  });

  it('pauses behind a round trip, unless a whole one waits already', async () => {
    const { acker, roundTrips, answered } = ackerUnderTest(3_600_000);
    acker.acknowledge(entries(1));
    await turnEnds();
    acker.acknowledge(entries(ROUND_TRIP, 2));
    await answered();
    expect(roundTrips).toHaveLength(2);
    acker.acknowledge(entries(1, 2 + ROUND_TRIP));
    await answered();
    expect(roundTrips).toHaveLength(2);
    const stopping = acker.stop();
    await turnEnds();
    await answered();
    await stopping;
    expect(roundTrips.map(({ versions }) => versions.length)).toEqual([1, ROUND_TRIP, 1]);
  });

  it('begins again after it had nothing to do', async () => {
    const { acker, roundTrips, answered } = ackerUnderTest();
    acker.acknowledge(entries(1));
    await turnEnds();
    await answered();
    acker.acknowledge(entries(1, 2));
    await turnEnds();
    expect(roundTrips.map(({ versions }) => versions)).toEqual([[1], [2]]);
  });

  it('keeps slot and version only, so that no value is held in memory', async () => {
    const remove = vi.fn<(given: Iterable<Entry>) => Promise<void>>(async () => {});
    const acker = new JournalAcker({ remove }, pino({ level: 'silent' }));
    acker.acknowledge([aSet('a', 5, { slot: 2 })]);
    await acker.stop();
    expect(remove).toHaveBeenCalledExactlyOnceWith([{ slot: 2, version: 5 }]);
  });

  it('makes no round trip for nothing', async () => {
    const { acker, roundTrips } = ackerUnderTest();
    acker.acknowledge([]);
    await acker.stop();
    expect(roundTrips).toEqual([]);
  });
});

describe('while Redis is away', () => {
  it('a failed round trip is logged and forgotten, and the next one is made', async () => {
    const { acker, roundTrips, answered, warn } = ackerUnderTest();
    acker.acknowledge(entries(2));
    await turnEnds();
    acker.acknowledge(entries(1, 3));
    await answered((answer) => answer.reject(new Error('away')));
    expect(warn).toHaveBeenCalledExactlyOnceWith({ reason: 'away', entries: 2 }, expect.any(String));
    expect(roundTrips.map(({ versions }) => versions)).toEqual([[1, 2], [3]]);
  });

  it('no more than a bounded number of entries waits; the rest is left to the projector', async () => {
    const { acker, roundTrips, answered } = ackerUnderTest();
    acker.acknowledge(entries(1));
    await turnEnds();
    acker.acknowledge(entries(MAX_WAITING + 10, 2));
    for (let round = 0; round <= MAX_WAITING / ROUND_TRIP; round++) await answered();
    const removed = roundTrips.flatMap(({ versions }) => versions);
    expect(removed).toHaveLength(1 + MAX_WAITING);
    expect(removed.at(-1)).toBe(1 + MAX_WAITING);
  });
});

describe('stop()', () => {
  it('resolves when the last entry has been removed', async () => {
    const { acker, answered } = ackerUnderTest();
    acker.acknowledge(entries(1));
    await turnEnds();
    acker.acknowledge(entries(1, 2));
    const stopped = vi.fn();
    const stopping = acker.stop().then(stopped);
    await answered();
    expect(stopped).not.toHaveBeenCalled();
    await answered();
    await stopping;
    expect(stopped).toHaveBeenCalledOnce();
  });

  it('resolves at once when there is nothing to do', async () => {
    await expect(ackerUnderTest().acker.stop()).resolves.toBeUndefined();
  });
});
