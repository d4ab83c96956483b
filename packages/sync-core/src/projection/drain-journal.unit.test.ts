import { describe, expect, it, vi } from 'vitest';
import { fakeDrainStores } from '../testing/fake-drain-stores.js';
import { aSet } from '../testing/mutations.js';
import { drainJournal, journalSuspectsToOutbox } from './drain-journal.js';

const RUNNING = new AbortController().signal;
/** The fake journal's clock stands at one second; versions are microseconds. */
const BOUNDS = { batch: 10, recoverAfterMs: 500 };
const OVERDUE = 499_999;
const NOT_OVERDUE = 500_000;

/** Entries that are overdue, with the versions 1, 2, 3 and so on. */
const entriesOf = (...keys: string[]) => keys.map((key, index) => aSet(key, index + 1));

describe('draining the journal', () => {
  it('marks a batch, applies it, and only then removes it; again until nothing is overdue', async () => {
    const { stores, calls, journaled } = fakeDrainStores({ entries: entriesOf('a', 'b', 'c') });
    await drainJournal(0, stores, { ...BOUNDS, batch: 2 }, RUNNING);
    expect(calls).toEqual([
      'mark journal 1 to 2',
      'applied a,b as JOURNALED',
      'removed 1,2',
      'mark journal 3 to 3',
      'applied c as JOURNALED',
      'removed 3',
    ]);
    expect(journaled()).toEqual([]);
  });

  it("leaves what is not overdue: it may be on its way, and is the pod's to acknowledge", async () => {
    const entries = [aSet('a', OVERDUE), aSet('b', NOT_OVERDUE)];
    const { stores, calls, journaled } = fakeDrainStores({ entries });
    await drainJournal(0, stores, BOUNDS, RUNNING);
    expect(calls).toContain('applied a as JOURNALED');
    expect(journaled()).toEqual([NOT_OVERDUE]);
  });

  it('says in the shadow that it was recovered', async () => {
    const { stores } = fakeDrainStores({ entries: entriesOf('a') });
    const apply = vi.spyOn(stores.shadows, 'apply');
    await drainJournal(0, stores, BOUNDS, RUNNING);
    expect(apply.mock.calls[0]?.[0]).toEqual([{ ...aSet('a', 1), fallbackReason: 'RECOVERED' }]);
  });

  it('removes nothing when the shadows could not be written', async () => {
    const { stores, journaled } = fakeDrainStores({ entries: entriesOf('a', 'b') });
    vi.spyOn(stores.shadows, 'apply').mockRejectedValue(new Error('MongoDB is away'));
    await expect(drainJournal(0, stores, BOUNDS, RUNNING)).rejects.toThrow('MongoDB is away');
    expect(journaled()).toEqual([1, 2]);
  });

  it('ends between two batches when the process is stopping', async () => {
    const { stores, journaled } = fakeDrainStores({ entries: entriesOf('a', 'b', 'c') });
    await drainJournal(0, stores, { ...BOUNDS, batch: 1 }, AbortSignal.abort());
    expect(journaled()).toEqual([2, 3]);
  });
});

describe('an entry that the shadow refuses', () => {
  it('becomes an event, and is removed only after the outbox took it; all others are through', async () => {
    const { stores, calls, refusedByShadow, added, journaled } = fakeDrainStores({
      entries: entriesOf('a', 'bad', 'c'),
    });
    refusedByShadow.set('bad', 'too large');
    await drainJournal(0, stores, BOUNDS, RUNNING);
    expect(calls.slice(2)).toEqual(['removed 1,3', 'added bad', 'removed 2']);
    expect(added).toEqual([{ ...aSet('bad', 2), fallbackReason: 'RECOVERED' }]);
    expect(journaled()).toEqual([]);
  });

  it('stays in the journal when the outbox refuses it too, which is a failure that says so', async () => {
    const { stores, refusedByShadow, refusedByOutbox, added, journaled } = fakeDrainStores({
      entries: entriesOf('a', 'bad', 'worse'),
    });
    refusedByShadow.set('bad', 'too large').set('worse', 'too large');
    refusedByOutbox.set('worse', 'too large');
    await expect(drainJournal(0, stores, BOUNDS, RUNNING)).rejects.toThrow(
      'neither shadow nor outbox took 1 journal entries',
    );
    expect(added.map(({ key }) => key)).toEqual(['bad']);
    expect(journaled()).toEqual([3]);
  });

  it('is in the way of none behind it when the outbox refuses it too', async () => {
    const { stores, refusedByShadow, refusedByOutbox, journaled } = fakeDrainStores({
      entries: entriesOf('worse', 'b', 'worst', 'd'),
    });
    for (const key of ['worse', 'worst']) {
      refusedByShadow.set(key, 'foreign');
      refusedByOutbox.set(key, 'foreign');
    }
    await expect(drainJournal(0, stores, { ...BOUNDS, batch: 1 }, RUNNING)).rejects.toThrow(
      'neither shadow nor outbox took 2 journal entries',
    );
    expect(journaled()).toEqual([1, 3]);
  });

  it('stays in the journal when the outbox is away', async () => {
    const { stores, refusedByShadow, journaled } = fakeDrainStores({ entries: entriesOf('a', 'bad') });
    refusedByShadow.set('bad', 'too large');
    vi.spyOn(stores.outbox, 'add').mockRejectedValue(new Error('MongoDB is away'));
    await expect(drainJournal(0, stores, BOUNDS, RUNNING)).rejects.toThrow('MongoDB is away');
    expect(journaled()).toEqual([2]);
  });
});

describe('entries that a projector had in hand when it died', () => {
  const MARK = { source: 'journal', from: 2, to: 3 } as const;

  it('become events, which count their attempts, and are not applied here; all others stay', async () => {
    const { stores, calls, journaled } = fakeDrainStores({ entries: entriesOf('a', 'b', 'c', 'd') });
    await journalSuspectsToOutbox(0, MARK, stores, BOUNDS);
    expect(calls).toEqual(['added b,c', 'removed 2,3']);
    expect(journaled()).toEqual([1, 4]);
  });

  it('stay where the outbox refuses them, in the way of none behind them', async () => {
    const { stores, refusedByOutbox, journaled } = fakeDrainStores({
      entries: entriesOf('a', 'b', 'c', 'd'),
    });
    refusedByOutbox.set('b', 'foreign');
    await expect(journalSuspectsToOutbox(0, MARK, stores, { ...BOUNDS, batch: 1 })).rejects.toThrow(
      'neither shadow nor outbox took 1 journal entries',
    );
    expect(journaled()).toEqual([1, 2, 4]);
  });

  it('are nothing to do when they were removed meanwhile', async () => {
    const { stores, calls } = fakeDrainStores({ entries: [] });
    await journalSuspectsToOutbox(0, MARK, stores, BOUNDS);
    expect(calls).toEqual([]);
  });
});
