import { afterAll, beforeAll, expect, it } from 'vitest';
import { CacheKeys } from '../cache/keys.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { SharedSecret } from './shared-secret.js';

let world: RealWorld;
beforeAll(async () => {
  world = await realWorld(2);
});
afterAll(() => world.stop());

it('is the same for all that ask, also at the same time, and another one once Redis has lost it', async () => {
  const { redis, settings } = world;
  const keys = new CacheKeys(settings.namespace, settings.slots);
  const read = () => new SharedSecret(redis, keys).read();
  const secrets = await Promise.all([read(), read(), read()]);
  expect(new Set([...secrets, await read()]).size).toBe(1);
  expect(Buffer.from(secrets[0] as string, 'base64')).toHaveLength(32);
  await redis.del(keys.secret());
  expect(await read()).not.toBe(secrets[0]);
});
