import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PreconditionFailedError } from '../errors.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { CacheKeys } from './keys.js';
import type { Precondition } from './precondition.js';

let world: RealWorld;
let keys: CacheKeys;
beforeAll(async () => {
  world = await realWorld(1);
  keys = new CacheKeys(world.settings.namespace, 1);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

/** Everything that the scripts could change in a slot. */
const slotState = async (key: string) => ({
  pair: await world.redis.hgetall(keys.pair(0, key)),
  expiry: await world.redis.pexpiretime(keys.pair(0, key)),
  clock: await world.redis.get(keys.clock(0)),
  journal: await world.redis.xrange(keys.journal(0), '-', '+'),
});

describe('a write with a condition', () => {
  const TTL_SEC = 60;
  /** Makes a pair, and a condition from its version and the one before. */
  const conditionOn = async (make: (version: number, before: number) => Precondition) => {
    const { version: before } = await world.cache.set({ key: 'a', value: 'older' });
    const { version } = await world.cache.set({ key: 'a', value: 'old', ttlSec: TTL_SEC });
    return make(version, before);
  };
  const writes = [
    ['set', (precondition: Precondition) => world.cache.set({ key: 'a', value: 'new', precondition })],
    ['delete', (precondition: Precondition) => world.cache.delete('a', { precondition })],
  ] as const;
  const holds: [string, (version: number, before: number) => Precondition][] = [
    ['the version that is there', (version) => ({ is: 'match', versions: [version] })],
    ['one of several versions', (version, before) => ({ is: 'match', versions: [before, version] })],
    ['any version, of a pair that is there', () => ({ is: 'match', versions: 'any' })],
    ['not the version before', (_, before) => ({ is: 'none-match', versions: [before] })],
    ['none of no versions', () => ({ is: 'none-match', versions: [] })],
  ];
  const fails: [string, (version: number, before: number) => Precondition][] = [
    ['the version before', (_, before) => ({ is: 'match', versions: [before] })],
    ['one of no versions', () => ({ is: 'match', versions: [] })],
    ['a number that begins with the version', (version) => ({ is: 'match', versions: [version * 10] })],
    ['no version, of a pair that is there', () => ({ is: 'none-match', versions: 'any' })],
    ['not the version that is there', (version) => ({ is: 'none-match', versions: [version] })],
  ];

  describe.each(writes)('%s', (_, write) => {
    it.each(holds)('is made where it holds: %s', async (_, make) => {
      const condition = await conditionOn(make);
      await write(condition);
      expect((await world.cache.get('a'))?.value).not.toBe('old');
      expect(await world.journal.totalLength()).toBe(3);
    });

    it.each(fails)('is refused, and changes nothing, where it does not hold: %s', async (_, make) => {
      const condition = await conditionOn(make);
      const before = await slotState('a');
      const refusal = await write(condition).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(PreconditionFailedError);
      expect(refusal).toMatchObject({ version: Number(before.pair.version) });
      expect(await slotState('a')).toEqual(before);
    });

    it.each([
      ['never set', async () => {}],
      ['deleted', () => world.cache.delete('a')],
    ])('matches no version of a key that was %s', async (_, away) => {
      const { version } = await world.cache.set({ key: 'b', value: 'v' });
      await away();
      const before = await slotState('a');
      for (const versions of ['any', [version]] as const) {
        const refusal = await write({ is: 'match', versions }).catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(PreconditionFailedError);
        expect(refusal).toHaveProperty('version', undefined);
      }
      expect(await slotState('a')).toEqual(before);
      await write({ is: 'none-match', versions: 'any' });
      expect(await world.journal.totalLength()).toBe(before.journal.length + 1);
    });
  });

  it('finds an expired pair absent', async () => {
    const { expireAt = 0 } = await world.cache.set({ key: 'a', value: 'v', ttlSec: 1 });
    await expect.poll(() => world.journal.now(0)).toBeGreaterThan(expireAt);
    await expect(
      world.cache.set({ key: 'a', value: 'new', precondition: { is: 'none-match', versions: 'any' } }),
    ).resolves.toMatchObject({ value: 'new' });
  });

  it('lets each of many clients that increment at the same time count exactly once', async () => {
    const [clients, each] = [10, 10];
    let refused = 0;
    const increment = async (): Promise<void> => {
      const pair = await world.cache.get('count');
      const precondition: Precondition = pair
        ? { is: 'match', versions: [pair.version] }
        : { is: 'none-match', versions: 'any' };
      try {
        const value = String(Number(pair?.value ?? 0) + 1);
        await world.cache.set({ key: 'count', value, precondition });
      } catch (error) {
        if (!(error instanceof PreconditionFailedError)) throw error;
        refused++;
        await increment();
      }
    };
    const client = async () => {
      for (let time = 0; time < each; time++) await increment();
    };
    await Promise.all(Array.from({ length: clients }, client));
    expect(await world.cache.get('count')).toMatchObject({ value: String(clients * each) });
    expect(await world.journal.totalLength()).toBe(clients * each);
    expect(refused).toBeGreaterThan(0);
  });
});
