import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LayoutMismatchError } from '../permanent-errors.js';
import type { ScriptedRedis } from '../redis/scripts.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { CacheKeys } from './keys.js';
import { LayoutStore } from './layout.js';

let world: RealWorld;
beforeAll(async () => {
  world = await realWorld(1);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const layoutOf = (slots: number) =>
  new LayoutStore(world.redis as ScriptedRedis, new CacheKeys(world.settings.namespace, slots));

describe('the layout in Redis', () => {
  it('is claimed by the first process and refuses another slot count', async () => {
    await layoutOf(1).check();
    await expect(layoutOf(2).check()).rejects.toThrow(LayoutMismatchError);
    await expect(layoutOf(1).check()).resolves.toBeUndefined();
  });

  it('is what MongoDB agreed to, whoever claimed it while that was away', async () => {
    await layoutOf(2).check();
    await layoutOf(1).check('deployment');
    expect(await layoutOf(1).read()).toEqual({ layout: 1, slots: 1, deployment: 'deployment' });
    await expect(layoutOf(2).check()).rejects.toThrow(LayoutMismatchError);
    await expect(layoutOf(2).check('another')).rejects.toThrow(LayoutMismatchError);
  });
});
