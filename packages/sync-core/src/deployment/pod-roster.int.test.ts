import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CacheUnavailableError } from '../errors.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';

const FORGET_MS = 60_000;
const PATIENCE = { timeout: 20_000, interval: 20 };
let world: RealWorld;
let roster: string;
beforeAll(async () => {
  world = await realWorld(4);
  roster = `${world.settings.namespace}:pods`;
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const announce = (id: string, word = `${id} is well`, forgetAfterMs = FORGET_MS) =>
  world.roster.announce(id, word, forgetAfterMs);
const ids = async (id: string) => (await announce(id)).map((entry) => entry.id).sort();

it('each pod hears of all pods, of itself too, what they said last', async () => {
  expect(await announce('a')).toEqual([{ id: 'a', ageMs: 0, word: 'a is well' }]);
  await announce('b', 'b is well');
  await announce('a', 'a has changed; with "quotes" and spaces');
  const heard = await announce('b');
  expect(heard.map(({ id, word }) => [id, word]).sort()).toEqual([
    ['a', 'a has changed; with "quotes" and spaces'],
    ['b', 'b is well'],
  ]);
});

it('says how long ago each one spoke, by the clock of Redis', async () => {
  await announce('a');
  const ageOfA = async () => (await announce('b')).find(({ id }) => id === 'a')?.ageMs ?? 0;
  await expect.poll(ageOfA, PATIENCE).toBeGreaterThanOrEqual(50);
});

it('forgets a pod that has said nothing for too long, and takes it off the roster', async () => {
  await announce('dead');
  await announce('b');
  await expect
    .poll(async () => (await announce('b', 'well', 100)).map(({ id }) => id), PATIENCE)
    .toEqual(['b']);
  expect(await world.redis.hkeys(roster)).toEqual(['b']);
});

it('forgets a pod that spoke in the future: the clock of Redis has gone back', async () => {
  await world.redis.hset(roster, 'future', `${Date.now() + 10 * FORGET_MS} well`, 'broken', 'no time');
  expect(await ids('b')).toEqual(['b']);
  expect(await world.redis.hkeys(roster)).toEqual(['b']);
});

it('forgets a pod that stops, at once', async () => {
  await announce('a');
  await announce('b');
  await world.roster.withdraw('a');
  expect(await ids('b')).toEqual(['b']);
});

it('is gone when the last pod is dead', async () => {
  await announce('a', 'well', 100);
  await expect.poll(() => world.redis.exists(roster), PATIENCE).toBe(0);
});

it('has room for a thousand pods: further ones are told of them, and not kept; dead ones make room', async () => {
  const now = Date.now();
  const pods = Array.from({ length: 1000 }, (_, index) => [`p${index}`, `${now} well`]);
  await world.redis.hset(roster, Object.fromEntries(pods));
  expect(await announce('one more')).toHaveLength(1000);
  expect(await world.redis.hexists(roster, 'one more')).toBe(0);
  expect(await announce('p5')).toHaveLength(1000);
  await world.redis.hset(roster, 'p7', `${now - 10 * FORGET_MS} well`);
  expect((await announce('one more')).some(({ id }) => id === 'one more')).toBe(true);
  expect(await world.redis.hlen(roster)).toBe(1000);
});

it('tells with a typed error that Redis does not answer', async () => {
  const closed = await realWorld(4);
  closed.redis.disconnect();
  await expect(closed.roster.announce('a', 'well', FORGET_MS)).rejects.toThrow(CacheUnavailableError);
  await expect(closed.roster.withdraw('a')).rejects.toThrow(CacheUnavailableError);
  await closed.stop().catch(() => undefined);
});
