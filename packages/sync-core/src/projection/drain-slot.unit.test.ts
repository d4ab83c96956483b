import { describe, expect, it, vi } from 'vitest';
import { eventsOf, fakeDrainStores } from '../testing/fake-drain-stores.js';
import { aSet } from '../testing/mutations.js';
import { drainSlot } from './drain-slot.js';

const RUNNING = new AbortController().signal;
const BOUNDS = { batch: 10, recoverAfterMs: 0 };

describe('draining a slot', () => {
  it('brings its events, then its overdue journal entries, to the shadows, and leaves no mark', async () => {
    const { stores, calls, mark } = fakeDrainStores({ events: eventsOf(['a']), entries: [aSet('b', 2)] });
    await drainSlot(0, stores, BOUNDS, RUNNING);
    expect(calls).toEqual([
      'mark outbox 1 to 1',
      'applied a as EVENT_BASED',
      'processed 0-1',
      'mark journal 2 to 2',
      'applied b as JOURNALED',
      'removed 2',
      'mark removed',
    ]);
    expect(mark()).toBeUndefined();
  });

  it('removes the mark also when it fails: a mark that stays says that the process died', async () => {
    const { stores, mark, waiting } = fakeDrainStores({ events: eventsOf(['a']) });
    vi.spyOn(stores.shadows, 'apply').mockRejectedValue(new Error('MongoDB is away'));
    await expect(drainSlot(0, stores, BOUNDS, RUNNING)).rejects.toThrow('MongoDB is away');
    expect(mark()).toBeUndefined();
    expect(waiting()).toEqual(['0-1']);
  });

  it('tries the events that a mark of a dead projector names alone, before all others', async () => {
    const mark = { source: 'outbox', from: 2, to: 2 } as const;
    const { stores, calls } = fakeDrainStores({ events: eventsOf(['a', 'suspect', 'c']), mark });
    await drainSlot(0, stores, BOUNDS, RUNNING);
    const applied = calls.filter((call) => call.startsWith('applied'));
    expect(applied).toEqual(['applied suspect as EVENT_BASED', 'applied a,c as EVENT_BASED']);
  });

  it('makes events of the journal entries that such a mark names, before the journal is drained', async () => {
    const mark = { source: 'journal', from: 2, to: 2 } as const;
    const entries = [aSet('a', 1), aSet('suspect', 2)];
    const { stores, calls } = fakeDrainStores({ entries, mark });
    await drainSlot(0, stores, BOUNDS, RUNNING);
    expect(calls).toEqual([
      'added suspect',
      'removed 2',
      'mark journal 1 to 1',
      'applied a as JOURNALED',
      'removed 1',
      'mark removed',
    ]);
  });

  it('does nothing to a slot whose mark it can not read: it might try together what kills', async () => {
    const { stores, calls } = fakeDrainStores({ events: eventsOf(['a']) });
    vi.spyOn(stores.marker, 'find').mockRejectedValue(new Error('Redis is away'));
    await expect(drainSlot(0, stores, BOUNDS, RUNNING)).rejects.toThrow('Redis is away');
    expect(calls).toEqual([]);
  });
});
