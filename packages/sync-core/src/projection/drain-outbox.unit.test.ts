import { describe, expect, it, vi } from 'vitest';
import { deferred } from '../testing/deferred.js';
import { eventsOf, fakeDrainStores } from '../testing/fake-drain-stores.js';
import { drainOutbox, tryOutboxSuspects } from './drain-outbox.js';

const RUNNING = new AbortController().signal;

describe('draining the outbox', () => {
  it("marks a batch, applies it, and only then says it is processed; again until nothing's due", async () => {
    const { stores, calls, waiting } = fakeDrainStores({ events: eventsOf(['a', 'b', 'c']) });
    await drainOutbox(0, stores, { batch: 2 }, RUNNING);
    expect(calls).toEqual([
      'mark outbox 1 to 2',
      'applied a,b as EVENT_BASED',
      'processed 0-1,0-2',
      'mark outbox 3 to 3',
      'applied c as EVENT_BASED',
      'processed 0-3',
    ]);
    expect(waiting()).toEqual([]);
  });

  it('counts the damaged events between them, which are dead letters already, among the dead letters', async () => {
    const { stores, damaged, metric } = fakeDrainStores({ events: eventsOf(['a']) });
    damaged.set('0-7', 'the event has no payload').set('0-8', 'the event has no payload');
    await drainOutbox(0, stores, { batch: 2 }, RUNNING);
    expect(await metric('hybrid_sync_dead_letters_total')).toMatch(/ 2$/m);
  });

  it('does nothing when no event is due', async () => {
    const { stores, calls } = fakeDrainStores({});
    await drainOutbox(0, stores, { batch: 2 }, RUNNING);
    expect(calls).toEqual([]);
  });

  it('hands the mutations on as they were written, with the reason of their delay', async () => {
    const { stores } = fakeDrainStores({ events: eventsOf(['a']) });
    const apply = vi.spyOn(stores.shadows, 'apply');
    await drainOutbox(0, stores, { batch: 2 }, RUNNING);
    expect(apply.mock.calls[0]?.[0]).toEqual([
      { key: 'a', slot: 0, version: 1, op: 'set', value: 'a at 1', fallbackReason: 'TIMEOUT' },
    ]);
  });

  it('leaves every event unprocessed when the shadows could not be written', async () => {
    const { stores, calls, waiting } = fakeDrainStores({ events: eventsOf(['a', 'b']) });
    vi.spyOn(stores.shadows, 'apply').mockRejectedValue(new Error('MongoDB is away'));
    await expect(drainOutbox(0, stores, { batch: 2 }, RUNNING)).rejects.toThrow('MongoDB is away');
    expect(calls).toEqual(['mark outbox 1 to 2']);
    expect(waiting()).toEqual(['0-1', '0-2']);
  });

  it('lets an event that the store refuses fail alone, with its reason', async () => {
    const { stores, calls, refusedByShadow, failures, metric } = fakeDrainStores({
      events: eventsOf(['a', 'bad', 'c']),
    });
    refusedByShadow.set('bad', 'MongoDB error 10334');
    await drainOutbox(0, stores, { batch: 10 }, RUNNING);
    expect(calls.slice(2)).toEqual(['processed 0-1,0-3', 'failed 0-2']);
    expect(failures).toEqual([{ key: 'bad', reason: 'MongoDB error 10334' }]);
    expect(await metric('hybrid_sync_dead_letters_total')).toMatch(/ 0$/m);
  });

  it('fails every event of a refused key: none of them may count as processed', async () => {
    const { stores, refusedByShadow, failures, calls } = fakeDrainStores({
      events: eventsOf(['bad', 'bad', 'c']),
    });
    refusedByShadow.set('bad', 'too large');
    await drainOutbox(0, stores, { batch: 10 }, RUNNING);
    expect(failures).toHaveLength(2);
    expect(calls).toContain('processed 0-3');
  });

  it('counts the events that became dead letters', async () => {
    const { stores, refusedByShadow, lastAttempt, metric } = fakeDrainStores({ events: eventsOf(['bad']) });
    refusedByShadow.set('bad', 'too large');
    lastAttempt.add('0-1');
    await drainOutbox(0, stores, { batch: 10 }, RUNNING);
    expect(await metric('hybrid_sync_dead_letters_total')).toMatch(/ 1$/m);
  });

  it('ends between two batches when the process is stopping, the batch in hand being through', async () => {
    const { stores, calls, waiting } = fakeDrainStores({ events: eventsOf(['a', 'b', 'c']) });
    const stopping = new AbortController();
    const { apply } = stores.shadows;
    vi.spyOn(stores.shadows, 'apply').mockImplementation((...given) => {
      stopping.abort();
      return apply(...given);
    });
    await drainOutbox(0, stores, { batch: 1 }, stopping.signal);
    expect(calls).toEqual(['mark outbox 1 to 1', 'applied a as EVENT_BASED', 'processed 0-1']);
    expect(waiting()).toEqual(['0-2', '0-3']);
  });
});

describe('several batches', () => {
  /** A drain of single events whose calls of one kind are held back until they are let go. */
  function held(keys: readonly string[], hold: 'apply' | 'markProcessed') {
    const fake = fakeDrainStores({ events: eventsOf(keys) });
    const store = hold === 'apply' ? fake.stores.shadows : fake.stores.outbox;
    const original = (store as Record<string, (...args: never[]) => Promise<unknown>>)[hold];
    const gates: ReturnType<typeof deferred<void>>[] = [];
    vi.spyOn(store as Record<string, (...args: never[]) => Promise<unknown>>, hold).mockImplementation(
      async (...args: never[]) => {
        const gate = deferred<void>();
        gates.push(gate);
        await gate.promise;
        return original?.(...args);
      },
    );
    const due = vi.spyOn(fake.stores.outbox, 'due');
    const apply = vi.spyOn(fake.stores.shadows, 'apply');
    const drained = vi.fn();
    const drain = drainOutbox(0, fake.stores, { batch: 1 }, RUNNING);
    drain.then(drained, drained);
    const letGo = async (call: number) => {
      await vi.waitFor(() => expect(gates.length).toBeGreaterThan(call));
      gates[call]?.resolve();
    };
    return { ...fake, drain, drained, gates, letGo, due, apply };
  }
  const turns = () => new Promise((resolve) => setImmediate(resolve));

  it('are read ahead: the next one while one is being applied, and no more than that', async () => {
    const { gates, letGo, due, drain } = held(['a', 'b', 'c'], 'apply');
    await vi.waitFor(() => expect(gates).toHaveLength(1));
    await turns();
    expect(due.mock.calls.map(([, , after]) => after)).toEqual([undefined, 1]);
    gates[0]?.resolve();
    await vi.waitFor(() => expect(gates).toHaveLength(2));
    expect(due.mock.calls.map(([, , after]) => after)).toEqual([undefined, 1, 2]);
    for (const call of [1, 2]) await letGo(call);
    await drain;
  });

  it('are marked while the next one is being applied, and only one of them at a time', async () => {
    const { gates, letGo, apply, drain } = held(['a', 'b', 'c'], 'markProcessed');
    await vi.waitFor(() => expect(apply).toHaveBeenCalledTimes(2));
    await turns();
    expect(gates).toHaveLength(1);
    expect(apply).toHaveBeenCalledTimes(2);
    for (const call of [0, 1, 2]) await letGo(call);
    await drain;
  });

  it('all have to be marked before the drain has ended', async () => {
    const { gates, drained, drain, waiting } = held(['a'], 'markProcessed');
    await vi.waitFor(() => expect(gates).toHaveLength(1));
    await turns();
    expect(drained).not.toHaveBeenCalled();
    gates[0]?.resolve();
    await drain;
    expect(waiting()).toEqual([]);
  });

  it('fail the drain when one can not be marked, and nothing of it goes on then', async () => {
    const { gates, drain, apply } = held(['a', 'b', 'c'], 'markProcessed');
    await vi.waitFor(() => expect(gates).toHaveLength(1));
    gates[0]?.reject(new Error('MongoDB is away'));
    await expect(drain).rejects.toThrow('MongoDB is away');
    expect(apply).toHaveBeenCalledTimes(2);
  });

  it('go on being marked to the end when the next one can not be applied', async () => {
    const { gates, drained, apply, stores, waiting } = held(['a', 'b', 'c'], 'markProcessed');
    apply.mockImplementation(async (mutations) => {
      if (mutations[0]?.key === 'b') throw new Error('MongoDB is away');
      return { applied: 1, stale: 0, coalesced: 0, failed: new Map() };
    });
    await vi.waitFor(() => expect(gates).toHaveLength(1));
    await vi.waitFor(() => expect(stores.shadows.apply).toHaveBeenCalledTimes(2));
    await turns();
    expect(drained).not.toHaveBeenCalled();
    gates[0]?.resolve();
    await vi.waitFor(() => expect(drained).toHaveBeenCalled());
    expect(waiting()).toEqual(['0-2', '0-3']);
  });
});

describe('events that a projector had in hand when it died', () => {
  const MARK = { source: 'outbox', from: 2, to: 3 } as const;

  it('are tried alone, each attempt counted before it is made; all others are not touched', async () => {
    const { stores, calls, waiting } = fakeDrainStores({
      events: eventsOf(['a', 'b', 'c', 'd']),
      mark: MARK,
    });
    await tryOutboxSuspects(0, MARK, stores, { batch: 10 });
    expect(calls).toEqual([
      'mark outbox 2 to 3',
      'failed 0-2',
      'applied b as EVENT_BASED',
      'processed 0-2',
      'mark outbox 3 to 3',
      'failed 0-3',
      'applied c as EVENT_BASED',
      'processed 0-3',
    ]);
    expect(waiting()).toEqual(['0-1', '0-4']);
  });

  it('are found behind more waiting events than are read at once', async () => {
    const { stores, waiting } = fakeDrainStores({ events: eventsOf(['a', 'b', 'c']) });
    await tryOutboxSuspects(0, { source: 'outbox', from: 3, to: 3 }, stores, { batch: 1 });
    expect(waiting()).toEqual(['0-1', '0-2']);
  });

  it('are all tried alone, also when they were read while more were read at once', async () => {
    const { stores, calls, waiting } = fakeDrainStores({ events: eventsOf(['a', 'b', 'c', 'd']) });
    await tryOutboxSuspects(0, { source: 'outbox', from: 1, to: 3 }, stores, { batch: 1 });
    expect(calls.filter((call) => call.startsWith('applied'))).toEqual(
      ['a', 'b', 'c'].map((key) => `applied ${key} as EVENT_BASED`),
    );
    expect(waiting()).toEqual(['0-4']);
  });

  it('are not tried any more when that was their last attempt', async () => {
    const { stores, calls, lastAttempt, metric } = fakeDrainStores({ events: eventsOf(['poison']) });
    lastAttempt.add('0-1');
    await tryOutboxSuspects(0, { ...MARK, from: 1 }, stores, { batch: 10 });
    expect(calls).toEqual(['mark outbox 1 to 3', 'failed 0-1']);
    expect(await metric('hybrid_sync_dead_letters_total')).toMatch(/ 1$/m);
  });

  it('are not processed when the store refuses them; the reason is then its own', async () => {
    const { stores, calls, refusedByShadow, failures } = fakeDrainStores({ events: eventsOf(['bad']) });
    refusedByShadow.set('bad', 'too large');
    await tryOutboxSuspects(0, { ...MARK, from: 1 }, stores, { batch: 10 });
    expect(calls.filter((call) => call.startsWith('processed'))).toEqual([]);
    expect(failures.at(-1)).toEqual({ key: 'bad', reason: 'too large' });
  });

  it('count as dead letters when it is the refusal that makes them one', async () => {
    const { stores, refusedByShadow, metric } = fakeDrainStores({ events: eventsOf(['bad']) });
    refusedByShadow.set('bad', 'too large');
    vi.spyOn(stores.outbox, 'markFailed').mockResolvedValueOnce(0).mockResolvedValueOnce(1);
    await tryOutboxSuspects(0, { ...MARK, from: 1 }, stores, { batch: 10 });
    expect(await metric('hybrid_sync_dead_letters_total')).toMatch(/ 1$/m);
  });
});
