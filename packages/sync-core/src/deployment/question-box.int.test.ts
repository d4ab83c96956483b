import { afterAll, beforeAll, expect, it } from 'vitest';
import { CacheKeys } from '../cache/keys.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { QuestionBox } from './question-box.js';

let world: RealWorld;
let box: QuestionBox;
let keys: CacheKeys;
beforeAll(async () => {
  world = await realWorld(2);
  keys = new CacheKeys(world.settings.namespace, world.settings.slots);
  box = new QuestionBox(world.redis, keys);
});
afterAll(() => world.stop());

it('brings an answer from any process to the one that asked, until that ends the question', async () => {
  await box.open('q', 60_000);
  expect(await box.read('q')).toBeUndefined();
  expect(await new QuestionBox(world.redis, keys).answer('q', 'yes')).toBe(true);
  expect(await box.read('q')).toBe('yes');
  await box.close('q');
  expect(await box.read('q')).toBeUndefined();
  expect(await box.answer('q', 'late')).toBe(false);
  expect(await box.read('q')).toBeUndefined();
});

it('stands no longer than it was opened for, answered or not', async () => {
  await box.open('kept', 60_000);
  await box.answer('kept', 'yes');
  const left = await world.redis.pttl(keys.question('kept'));
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(60_000);
});

it('takes no answer to what nobody asked', async () => {
  expect(await box.answer('never', 'yes')).toBe(false);
  expect(await world.redis.exists(keys.question('never'))).toBe(0);
});
