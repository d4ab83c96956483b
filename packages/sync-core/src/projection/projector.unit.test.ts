import { afterEach, describe, expect, it, vi } from 'vitest';
import { fakeDrainStores } from '../testing/fake-drain-stores.js';
import { Projector } from './projector.js';

let projector: Projector;
afterEach(() => projector.stop());

function started() {
  const fakes = fakeDrainStores({});
  const giveUp = vi.fn(async (_slots: number) => 0);
  const stores = {
    ...fakes.stores,
    journal: { ...fakes.stores.journal, slotsOverdue: async () => [] as number[] },
    outbox: { ...fakes.stores.outbox, slotsWaiting: vi.fn(async () => [] as number[]) },
    deadLetters: { giveUpUnreachable: giveUp },
  };
  const dead = () => fakes.metric('hybrid_sync_dead_letters_total');
  let drain = async (_slot: number) => {};
  projector = new Projector({
    stores,
    slots: 1,
    queue: { wake: async () => undefined },
    openWorker: (given) => {
      drain = given;
      return { stop: async () => undefined, concurrency: 1 };
    },
    pace: { batch: 10, recoverAfterMs: 0, slowMs: 1000, sweepMs: 5 },
    log: stores.log,
  });
  const counted = async (name: string, outcome: string) =>
    Number(new RegExp(`outcome="${outcome}".* (\\d+)$`, 'm').exec(await fakes.metric(name))?.[1]);
  const drained = async (outcome: string) => {
    const text = await fakes.metric('hybrid_sync_drain_seconds');
    return Number(new RegExp(`_count\\{.*outcome="${outcome}".* (\\d+)$`, 'm').exec(text)?.[1]);
  };
  projector.start();
  return { stores, giveUp, dead, drain: (slot: number) => drain(slot), counted, drained };
}

describe('a projector', () => {
  it('gives up, at its first sweep and seldom later, events that no drain finds, and counts them', async () => {
    const { giveUp, counted, dead } = started();
    giveUp.mockResolvedValueOnce(3);
    await expect.poll(() => counted('hybrid_sync_sweeps_total', 'done')).toBeGreaterThan(2);
    expect(giveUp.mock.calls).toEqual([[1]]);
    expect(await dead()).toMatch(/ 3$/m);
  });

  it('counts its sweeps, those that failed too', async () => {
    const { stores, counted } = started();
    await expect.poll(() => counted('hybrid_sync_sweeps_total', 'done')).toBeGreaterThan(0);
    expect(await counted('hybrid_sync_sweeps_total', 'failed')).toBe(0);
    stores.outbox.slotsWaiting.mockRejectedValue(new Error('MongoDB is away'));
    await expect.poll(() => counted('hybrid_sync_sweeps_total', 'failed')).toBeGreaterThan(0);
  });

  it('counts its drains, those that failed too', async () => {
    const { stores, drain, drained } = started();
    await drain(0);
    expect([await drained('done'), await drained('failed')]).toEqual([1, 0]);
    vi.spyOn(stores.marker, 'find').mockRejectedValue(new Error('Redis is away'));
    await expect(drain(0)).rejects.toThrow('Redis is away');
    expect([await drained('done'), await drained('failed')]).toEqual([1, 1]);
  });
});
