import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '../metrics/metrics.js';
import { realWorld } from '../testing/real-world.js';
import { Crash, crashingAfter } from '../testing/world.js';
import { drainSlot } from './drain-slot.js';
import type { DrainStores } from './drain-stores.js';

const MAX_ATTEMPTS = 3;
const KEYS = ['before', 'poison', 'between', 'after'];

let world: Awaited<ReturnType<typeof realWorld>>;
beforeAll(async () => {
  world = await realWorld(1, { OUTBOX_MAX_ATTEMPTS: String(MAX_ATTEMPTS) });
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

/** The stores as a projector has them that dies, without a word, of trying to write the shadow of "poison". */
function deadlyStores(): DrainStores {
  const { journal, outbox, shadows, marker } = world;
  const dead = crashingAfter(0, { journal, outbox, shadows, marker });
  let stores = { journal, outbox, shadows, marker };
  const alive = <Name extends keyof typeof stores>(name: Name): (typeof stores)[Name] =>
    new Proxy(stores[name], {
      get: (_, member) => {
        const target = stores[name];
        const value: unknown = Reflect.get(target, member, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return {
    journal: alive('journal'),
    outbox: alive('outbox'),
    marker: alive('marker'),
    shadows: {
      apply: async (mutations, method) => {
        if (!mutations.some(({ key }) => key === 'poison')) return stores.shadows.apply(mutations, method);
        stores = dead;
        throw new Crash();
      },
    },
    metrics: new Metrics('projector'),
    log: pino({ level: 'silent' }),
  };
}

/** Starts projectors, one after the other, until one lives through its drain; how many died. */
async function projectorsThatDie(): Promise<number> {
  let deaths = 0;
  await expect
    .poll(
      async () => {
        try {
          await drainSlot(
            0,
            deadlyStores(),
            { batch: 10, recoverAfterMs: -1000 },
            new AbortController().signal,
          );
        } catch (error) {
          if (!(error instanceof Crash)) throw error;
          deaths++;
        }
        return (await world.outbox.countUnprocessed(10)) + (await world.journal.totalLength());
      },
      { timeout: 10_000, interval: 5 },
    )
    .toBe(0);
  return deaths;
}

describe('a mutation that kills every projector that tries it', () => {
  it('as an event: is found, tried alone, and becomes a dead letter, while all others are applied', async () => {
    for (const key of KEYS) {
      const mutation = await world.cache.set({ key, value: key });
      await world.outbox.add([mutation]);
      await world.journal.remove([mutation]);
    }
    // Once with all the others, then alone until its attempts are used up.
    expect(await projectorsThatDie()).toBe(MAX_ATTEMPTS);
    expect(await world.deadLetters.list({}, 10)).toMatchObject([{ key: 'poison', attempts: MAX_ATTEMPTS }]);
    const shadows = await world.shadows.findMany(KEYS);
    expect(shadows.map((shadow) => shadow._id).sort()).toEqual(['after', 'before', 'between']);
  });

  it('as a journal entry: becomes an event first, and then the same', async () => {
    for (const key of KEYS) await world.cache.set({ key, value: key });
    expect(await projectorsThatDie()).toBeLessThanOrEqual(MAX_ATTEMPTS + 1);
    expect(await world.deadLetters.list({}, 10)).toMatchObject([{ key: 'poison', attempts: MAX_ATTEMPTS }]);
    const shadows = await world.shadows.findMany(KEYS);
    expect(shadows.map((shadow) => shadow._id).sort()).toEqual(['after', 'before', 'between']);
  });
});

it('a thousand events of one key cost one shadow write', async () => {
  for (let index = 0; index < 1000; index++)
    await world.outbox.add([await world.cache.set({ key: 'hot', value: `${index}` })]);
  const writes: number[] = [];
  const stores: DrainStores = {
    ...world,
    shadows: {
      apply: async (mutations, method) => {
        const result = await world.shadows.apply(mutations, method);
        writes.push(result.applied);
        return result;
      },
    },
    metrics: new Metrics('projector'),
    log: pino({ level: 'silent' }),
  };
  await drainSlot(0, stores, { batch: 1000, recoverAfterMs: 60_000 }, new AbortController().signal);
  expect(writes).toEqual([1]);
  expect((await world.shadows.findMany(['hot']))[0]?.lastValue).toBe('999');
  expect(await world.outbox.countUnprocessed(10)).toBe(0);
});
