import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SetInput } from '../cache/write-inputs.js';
import { Damage, directSync } from '../testing/damage.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { importPlain } from './import-plain.js';
import { repair } from './repair.js';
import { restore } from './restore.js';
import { verify } from './verify.js';

const KEYS = 100;
const NAMES = Array.from({ length: KEYS }, (_, index) => `key-${String(index).padStart(3, '0')}`);
/** At one key a second this allows for two keys, and for one more that is begun at its end. */
const SLOW = { budgetMs: 1000, keysPerSecond: 1 };

let world: RealWorld;
let sync: ReturnType<typeof directSync>;
beforeAll(async () => {
  world = await realWorld(2);
  sync = directSync(world);
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.clear();
  await sync.setAll(NAMES.map((key) => ({ key, value: key })));
});

describe('a budget that the rate fills ends a task with a cursor, after few keys:', () => {
  it('verify', async () => {
    const report = await verify(world, SLOW);
    expect(report).toMatchObject({ complete: false, cursor: expect.any(String) });
    expect(report.keys).toBeLessThanOrEqual(3);
  });

  it('repair', async () => {
    const report = await repair(world, sync, { ...SLOW, apply: true });
    expect(report).toMatchObject({ complete: false, cursor: expect.any(String) });
    expect(report.keys).toBeLessThanOrEqual(3);
  });

  it('restore', async () => {
    const report = await restore(world, SLOW);
    expect(report).toMatchObject({ complete: false, cursor: expect.any(String) });
    expect(report.shadows).toBeLessThanOrEqual(3);
  });

  it('import, to the keys of one step of a SCAN', async () => {
    const { redis, settings } = world;
    for (const name of NAMES) await redis.set(`${settings.namespace}-plain:${name}`, 'v');
    try {
      const sizes = { maxKeyBytes: 1000, maxValueBytes: 1000 };
      const bounds = { ...sizes, apply: true, samples: 0, namespace: settings.namespace };
      const match = `${settings.namespace}-plain:*`;
      const importing = {
        set: async (input: SetInput) => {
          const { key, op, version } = await sync.set(input);
          return { key, op, version, method: 'ASYNC_THREAD' as const };
        },
      };
      let cursor: string | undefined;
      let seen = 0;
      // Steps that find nothing cost nothing, so the first keys are found whatever else the Redis holds.
      while (seen === 0) {
        const report = await importPlain(world, importing, {
          ...SLOW,
          ...bounds,
          hashes: false,
          match,
          cursor,
        });
        cursor = report.cursor;
        seen = report.seen;
      }
      expect(seen).toBeLessThan(KEYS / 2);
      expect(cursor).toBeDefined();
    } finally {
      await redis.del(NAMES.map((name) => `${settings.namespace}-plain:${name}`));
    }
  });
});

it('what is on its way is waited for within the budget, whatever the patience', async () => {
  await world.cache.set({ key: 'key-000', value: 'never arrives' });
  const report = await verify(world, { budgetMs: 1, patienceMs: 3_600_000 });
  expect(report).toMatchObject({ undecided: 1, health: 'UNKNOWN' });
  const restored = await restore(world, { budgetMs: 700, patienceMs: 3_600_000 });
  expect(restored).toMatchObject({
    complete: false,
    stopped: expect.stringMatching(/journal or the outbox/),
  });
});

it('a store that does not answer is asked for again within the budget, whatever the patience', async () => {
  const shadows = { ...world.shadows, page: () => Promise.reject(new Error('away')) };
  const report = await verify({ ...world, shadows } as never, { budgetMs: 1, patienceMs: 3_600_000 });
  expect(report).toMatchObject({ complete: false, storeAway: 'away' });
});

it('a task that is told to end gives up what it waits for', async () => {
  const ending = new AbortController();
  const never = () => {
    setImmediate(() => ending.abort());
    return new Promise<never>(() => undefined);
  };
  const shadows = { ...world.shadows, page: never };
  const bounds = { signal: ending.signal };
  expect(await verify({ ...world, shadows } as never, bounds)).toMatchObject({ complete: false, keys: 0 });
});

it('what a repair leaves is found and mended by the next call', async () => {
  const damage = new Damage(world);
  for (const key of NAMES) await damage.cause('value-differs', key);
  let cursor: string | undefined;
  let resynced = 0;
  let calls = 0;
  do {
    const report = await repair(world, sync, { apply: true, budgetMs: 1, cursor });
    cursor = report.cursor;
    resynced += report.done.resynced;
    expect(report.differing).toBe(report.done.resynced);
    calls++;
  } while (cursor !== undefined && calls < 20);
  expect(calls).toBeGreaterThan(1);
  expect(resynced).toBe(KEYS);
  expect(await verify(world)).toMatchObject({ complete: true, health: 'HEALTHY' });
});
