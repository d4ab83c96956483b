import { afterEach, describe, expect, it, vi } from 'vitest';
import { DrainHealth } from '../control/drain-health.js';
import { deferred } from '../testing/deferred.js';
import { fakeDrainStores } from '../testing/fake-drain-stores.js';
import { Projector } from './projector.js';
import type { HeldSlot } from './slot-lease.js';

let projector: Projector;
afterEach(() => projector.stop());

const FREE: HeldSlot = { lost: new AbortController().signal, giveUp: async () => undefined };

/** A projector on small stores, whose slots have work as `waiting` says, and that is woken by `drain`. */
function started({
  concurrency = 2,
  wake = async (_slots: Iterable<number>): Promise<void> => undefined,
} = {}) {
  const fakes = fakeDrainStores({});
  const giveUp = vi.fn(async (_slots: number) => 0);
  const dead = () => fakes.metric('hybrid_sync_dead_letters_total');
  const waiting = vi.fn(async (_slots: number, _except?: ReadonlySet<number>) => [] as number[]);
  const stores = {
    ...fakes.stores,
    journal: {
      ...fakes.stores.journal,
      slotsOverdue: async () => new Map<number, number>(),
    },
    outbox: {
      ...fakes.stores.outbox,
      slotsWaiting: waiting,
      dueHeads: async (slots: readonly number[]) => new Map(slots.map((slot) => [slot, 1])),
    },
    deadLetters: { giveUpUnreachable: giveUp },
  };
  const lease = {
    take: vi.fn(async (): Promise<HeldSlot | undefined> => FREE),
    held: vi.fn(async (_slots: readonly number[]) => new Set<number>()),
  };
  const health = new DrainHealth();
  const pauses = { paused: false };
  let drain = async (_slot: number) => {};
  projector = new Projector({
    stores,
    slots: 10,
    queue: { wake },
    lease,
    name: 'one',
    projectors: async () => [],
    openWorker: (given) => {
      drain = given;
      return { stop: async () => undefined, concurrency: 1 };
    },
    settings: () => ({
      projectorBatch: 10,
      recoverAfterMs: 0,
      mongodbTimeoutMs: 4000,
      projectorSweepMs: 5,
      projectorConcurrency: concurrency,
      projectorPaused: pauses.paused,
    }),
    health,
    log: stores.log,
  });
  const counted = async (name: string, outcome: string) =>
    Number(new RegExp(`outcome="${outcome}".* (\\d+)$`, 'm').exec(await fakes.metric(name))?.[1]);
  const drained = async (outcome: string) => {
    const text = await fakes.metric('hybrid_sync_drain_seconds');
    return Number(new RegExp(`_count\\{.*outcome="${outcome}".* (\\d+)$`, 'm').exec(text)?.[1]);
  };
  projector.start();
  return {
    stores,
    giveUp,
    dead,
    lease,
    health,
    waiting,
    pauses,
    drain: (slot: number) => drain(slot),
    counted,
    drained,
  };
}

/** Marks that are asked for, each of which is found to be none when the test says so: so drains are held up. */
function heldUp(stores: ReturnType<typeof started>['stores']) {
  const begun: { slot: number; go: () => void }[] = [];
  vi.spyOn(stores.marker, 'find').mockImplementation((async (slot: number) => {
    const { promise, resolve } = deferred<void>();
    begun.push({ slot, go: () => resolve(undefined) });
    await promise;
  }) as unknown as typeof stores.marker.find);
  return begun;
}

describe('a projector that is paused', () => {
  it('drains nothing, woken or by its sweeps, until it is resumed; and nothing fails', async () => {
    const { lease, pauses, waiting, drain, health } = started();
    pauses.paused = true;
    health.notDrained(3, 'TIMEOUT', 0, 0);
    waiting.mockResolvedValue([3]);
    await drain(3);
    await expect.poll(() => health.doubtful).toBe(false);
    const asked = waiting.mock.calls.length;
    await drain(3);
    expect([lease.take.mock.calls, waiting.mock.calls.length]).toEqual([[], asked]);
    pauses.paused = false;
    await expect.poll(() => lease.take.mock.calls.length).toBeGreaterThan(0);
  });

  it('ends a drain in hand after its batch', async () => {
    const { stores, pauses, drain } = started({ wake: async () => undefined });
    const begun = heldUp(stores);
    const woken = drain(3);
    await expect.poll(() => begun.length).toBe(1);
    pauses.paused = true;
    projector.settingsChanged({ names: ['projectorPaused'], current: { projectorConcurrency: 2 } } as never);
    begun[0]?.go();
    await woken;
    const calls = begun.length;
    await drain(3);
    expect(begun.length).toBe(calls);
  });
});

describe('a projector', () => {
  it('gives up, at its first sweep and seldom later, events that no drain finds, and counts them', async () => {
    const { giveUp, counted, dead } = started();
    giveUp.mockResolvedValueOnce(3);
    await expect.poll(() => counted('hybrid_sync_sweeps_total', 'done')).toBeGreaterThan(2);
    expect(giveUp.mock.calls).toEqual([[10]]);
    expect(await dead()).toMatch(/ 3$/m);
  });

  it('counts its sweeps, those that failed too', async () => {
    const { waiting, counted } = started();
    await expect.poll(() => counted('hybrid_sync_sweeps_total', 'done')).toBeGreaterThan(0);
    expect(await counted('hybrid_sync_sweeps_total', 'failed')).toBe(0);
    waiting.mockRejectedValue(new Error('MongoDB is away'));
    await expect.poll(() => counted('hybrid_sync_sweeps_total', 'failed')).toBeGreaterThan(0);
  });

  it('counts its drains, those that failed too', async () => {
    const { stores, health, drain, drained } = started();
    await drain(0);
    expect([await drained('done'), await drained('failed')]).toEqual([1, 0]);
    vi.spyOn(stores.marker, 'find').mockRejectedValue(new Error('Redis is away'));
    await expect(drain(0)).rejects.toThrow('Redis is away');
    expect([await drained('done'), await drained('failed')]).toEqual([1, 1]);
    expect(health.failing(performance.now() + 60_000)).toMatchObject({ cause: 'Error' });
  });

  it('leaves a slot that another one has', async () => {
    const { lease, drain, drained } = started();
    lease.take.mockResolvedValue(undefined);
    await drain(0);
    expect(await drained('done')).toBe(0);
  });

  it('ends a drain whose lease was lost after its batch, and asks for the slot to be drained again', async () => {
    const wake = vi.fn(async (_slots: Iterable<number>) => undefined);
    const { lease, drain } = started({ wake });
    lease.take.mockResolvedValue({ ...FREE, lost: AbortSignal.abort() });
    await drain(7);
    expect(wake).toHaveBeenCalledWith([7]);
  });
});

describe('a sweep', () => {
  it('wakes no slot that someone drains, nor looks at what waits in it, and wakes it once that has ended', async () => {
    const wake = vi.fn(async (_slots: Iterable<number>) => undefined);
    const { lease, waiting, stores, counted } = started({ wake });
    const heads = vi.spyOn(stores.outbox, 'dueHeads');
    lease.held.mockResolvedValue(new Set([4]));
    waiting.mockResolvedValue([4]);
    await expect.poll(() => counted('hybrid_sync_sweeps_total', 'done')).toBeGreaterThan(5);
    expect([wake.mock.calls, heads.mock.calls]).toEqual([[], []]);
    lease.held.mockResolvedValue(new Set());
    await expect.poll(() => wake.mock.calls.length).toBeGreaterThan(0);
    expect(wake).toHaveBeenCalledWith([4]);
  });
});

describe('a sweep of a projector that drains', () => {
  it('looks for no events in slots that someone drains, whose failures are not forgotten', async () => {
    const { stores, lease, waiting, drain, health, counted } = started();
    const begun = heldUp(stores);
    lease.held.mockImplementation(async (slots) => new Set(slots.filter((slot) => slot < 4)));
    const woken = drain(1);
    await expect.poll(() => begun.length).toBe(1);
    health.notDrained(3, 'TIMEOUT', 0, 0);
    waiting.mockClear();
    const swept = await counted('hybrid_sync_sweeps_total', 'done');
    await expect.poll(() => counted('hybrid_sync_sweeps_total', 'done')).toBeGreaterThan(swept + 2);
    expect(waiting.mock.lastCall).toEqual([10, new Set([0, 1, 2, 3])]);
    expect(health.doubtful).toBe(true);
    begun[0]?.go();
    await woken;
    waiting.mockClear();
    await expect.poll(() => waiting.mock.calls.length).toBeGreaterThan(2);
    // Others go on: their slots are left out until no one has any in hand.
    expect(waiting.mock.lastCall).toEqual([10, new Set([0, 1, 2, 3])]);
    lease.held.mockResolvedValue(new Set());
    await expect.poll(() => waiting.mock.lastCall).toEqual([10, new Set()]);
    lease.held.mockClear();
    await expect.poll(() => waiting.mock.calls.length).toBeGreaterThan(5);
    expect(lease.held).not.toHaveBeenCalled();
  });
});

describe('slots that no one takes', () => {
  it('are drained by the sweep itself, though wake-ups are sent', async () => {
    const { waiting, drained } = started();
    waiting.mockResolvedValue([4]);
    await expect.poll(() => drained('done')).toBeGreaterThan(0);
  });

  it('are drained by it, too, where wake-ups can not be sent, which is no failed sweep', async () => {
    const { waiting, drained, counted } = started({ wake: () => Promise.reject(new Error('OOM')) });
    waiting.mockResolvedValue([4]);
    await expect.poll(() => drained('done')).toBeGreaterThan(0);
    expect(await counted('hybrid_sync_sweeps_total', 'failed')).toBe(0);
  });

  it('are drained by it, too, while writes go on in them, whose entries come and go', async () => {
    const { stores, waiting, drained } = started();
    let entry = 0;
    vi.spyOn(stores.journal, 'slotsOverdue').mockImplementation(async () => new Map([[4, ++entry]]));
    waiting.mockResolvedValue([4]);
    await expect.poll(() => drained('done')).toBeGreaterThan(0);
  });

  it('are not those whose events failed and are not due again yet', async () => {
    const { stores, waiting, drained, counted } = started();
    vi.spyOn(stores.outbox, 'dueHeads').mockResolvedValue(new Map());
    waiting.mockResolvedValue([4]);
    await expect.poll(() => counted('hybrid_sync_sweeps_total', 'done')).toBeGreaterThan(10);
    expect(await drained('done')).toBe(0);
  });

  it('are never more at a time than there are places, with those that were woken', async () => {
    const { stores, waiting, drain } = started({ concurrency: 3 });
    const begun = heldUp(stores);
    waiting.mockResolvedValue([0, 1, 2, 3, 4, 5]);
    await expect.poll(() => begun.length).toBe(3);
    const woken = drain(9);
    waiting.mockResolvedValue([]);
    await expect.poll(() => waiting.mock.calls.length).toBeGreaterThan(10);
    expect(begun).toHaveLength(3);
    expect(projector.draining).toBe(3);
    begun[0]?.go();
    await expect.poll(() => begun.map(({ slot }) => slot)).toContain(9);
    for (const { go } of begun) go();
    await woken;
  });
});
