import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CacheKeys } from '../cache/keys.js';
import { PreconditionFailedError } from '../errors.js';
import { Damage, directSync } from '../testing/damage.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { repairAfter } from '../testing/repair-after.js';
import { repair } from './repair.js';
import { verify } from './verify.js';

const SLOTS = 2;
const KEYS = ['a', 'b', 'c', 'd'];
let world: RealWorld;
let damage: Damage;
let sync: ReturnType<typeof directSync>;
beforeAll(async () => {
  world = await realWorld(SLOTS);
  damage = new Damage(world);
  sync = directSync(world);
});
afterAll(() => world.stop());

type Write = { do: 'set' | 'delete' | 'expire' | 'increment'; key: string };
type Step =
  | Write
  | { do: 'dropPair' | 'dropShadow' | 'spoilValue' | 'spoilExpiry' | 'spoilPurge'; key: string }
  | { do: 'rollPairBack' | 'rollShadowBack'; key: string; by: number };
const key = fc.constantFrom(...KEYS);
const anyWrite: fc.Arbitrary<Write> = fc.record({
  do: fc.constantFrom('set', 'delete', 'expire', 'increment'),
  key,
});
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: anyWrite },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('dropPair', 'dropShadow', 'spoilValue', 'spoilExpiry', 'spoilPurge'),
      key,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('rollPairBack', 'rollShadowBack'),
      key,
      by: fc.integer({ min: 1, max: 3 }),
    }),
  },
);
/**
 * What happens between the looks and the mending. Without it no moment of a watch, however wrong, would be noticed:
 * what was damaged before stands still while it is mended.
 */
const anyEvent: fc.Arbitrary<Write | 'loseWatch'> = fc.oneof(
  { weight: 2, arbitrary: anyWrite },
  { weight: 1, arbitrary: fc.constant('loseWatch' as const) },
);

it('whatever the damage, and whatever clients do meanwhile, repair ends with both sides equal and on the newest write that either of them still has', async () => {
  const slotKeys = new CacheKeys(world.settings.namespace, SLOTS);
  const play = async (steps: readonly Step[], meanwhile: readonly (Write | 'loseWatch')[]) => {
    await world.clear();
    const written = new Map<string, { value: string; version: number }[]>();
    let count = 0;
    /**
     * Makes a write, and tells the value that it leaves: `before`, for what only changes a pair, and is refused where
     * there is none.
     */
    const write = async ({ do: op, key: name }: Write, before?: string): Promise<string | undefined> => {
      if (op === 'delete') {
        await sync.delete(name);
        return undefined;
      }
      if (op === 'expire' && (await world.cache.get(name)) === undefined) {
        await expect(sync.expire({ key: name, ttlSec: 3600 })).rejects.toThrow(PreconditionFailedError);
        return before;
      }
      const { value = '', version } = await {
        set: () => sync.set({ key: name, value: `${count++}` }),
        expire: () => sync.expire({ key: name, ttlSec: 3600 + count++ }),
        increment: () => sync.increment({ key: name, by: 1000 }),
      }[op]();
      written.set(name, [...(written.get(name) ?? []), { value, version }]);
      return value;
    };
    for (const step of steps) {
      switch (step.do) {
        case 'set':
        case 'delete':
        case 'expire':
        case 'increment':
          await write({ do: step.do, key: step.key });
          break;
        case 'rollPairBack':
        case 'rollShadowBack': {
          const older = written.get(step.key)?.at(-step.by);
          if (older !== undefined) await damage[step.do](step.key, older.value, older.version);
          break;
        }
        default:
          await damage[step.do](step.key);
      }
    }
    const expected: (string | undefined)[] = [];
    for (const [index, pair] of (await world.cache.getMany(KEYS)).entries()) {
      const shadow = await world.shadows.find(KEYS[index] ?? '');
      const shadowWins = shadow !== null && Number(shadow.version) > (pair?.version ?? 0);
      expected.push(shadowWins ? (shadow.lastValue ?? undefined) : pair?.value);
    }
    const first = await repairAfter(world, sync, async () => {
      for (const event of meanwhile) {
        if (event !== 'loseWatch') {
          const at = KEYS.indexOf(event.key);
          expected[at] = await write(event, expected[at]);
        } else {
          for (let slot = 0; slot < SLOTS; slot++) await world.redis.del(slotKeys.changed(slot));
          await world.restorer.watch(); // somebody else's, who restores at the same time
        }
      }
    });
    const report =
      meanwhile.length === 0 ? first : await repair(world, sync, { apply: true, patienceMs: 2000 });
    expect(report.done).toMatchObject({ failed: 0, changedMeanwhile: 0 });
    expect(await verify(world)).toMatchObject({ health: 'HEALTHY', differing: 0, undecided: 0 });
    expect((await world.cache.getMany(KEYS)).map((pair) => pair?.value)).toEqual(expected);
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { minLength: 3, maxLength: 25 }),
      fc.array(anyEvent, { maxLength: 6 }),
      play,
    ),
    { numRuns: 100 },
  );
}, 120_000);
