import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CacheKeys } from '../cache/keys.js';
import { CacheUnavailableError } from '../errors.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';

const FORGET_MS = 60_000;
const PATIENCE = { timeout: 20_000, interval: 20 };
let world: RealWorld;
let roster: string;
beforeAll(async () => {
  world = await realWorld(4);
  roster = new CacheKeys(world.settings.namespace, 4).pods();
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const announce = (id: string, word = `${id} is well`, forgetAfterMs = FORGET_MS) =>
  world.roster.announce(id, word, forgetAfterMs);
const all = (forgetAfterMs = FORGET_MS) => world.roster.look(forgetAfterMs);
const ids = async () => (await all()).map(({ id }) => id).sort();

it('holds of all pods what they said last', async () => {
  await announce('a');
  await announce('b', 'b is well');
  await announce('a', 'a has changed; with "quotes" and spaces');
  expect((await all()).map(({ id, word }) => [id, word]).sort()).toEqual([
    ['a', 'a has changed; with "quotes" and spaces'],
    ['b', 'b is well'],
  ]);
});

it('says how long ago each one spoke, by the clock of Redis', async () => {
  await announce('a');
  await expect.poll(async () => (await all())[0]?.ageMs, PATIENCE).toBeGreaterThanOrEqual(50);
});

it('forgets a pod that has said nothing for too long, and takes it off the roster', async () => {
  await announce('dead');
  await expect.poll(() => all(20), PATIENCE).toEqual([]);
  expect(await world.redis.hkeys(roster)).toEqual([]);
});

it('forgets a pod that spoke in the future: the clock of Redis has gone back', async () => {
  await world.redis.hset(roster, 'future', `${Date.now() + 10 * FORGET_MS} well`, 'broken', 'no time');
  await announce('b');
  expect(await ids()).toEqual(['b']);
  expect(await world.redis.hkeys(roster)).toEqual(['b']);
});

it('forgets a pod that stops, at once', async () => {
  await announce('a');
  await announce('b');
  await world.roster.withdraw('a');
  expect(await ids()).toEqual(['b']);
});

it('is gone when the last pod is dead', async () => {
  await announce('a', 'well', 100);
  await expect.poll(() => world.redis.exists(roster), PATIENCE).toBe(0);
});

it('has room for a thousand pods: further ones are not kept; dead ones make room', async () => {
  const now = Date.now();
  const pods = Array.from({ length: 1000 }, (_, index) => [`p${index}`, `${now} well`]);
  await world.redis.hset(roster, Object.fromEntries(pods));
  await announce('one more');
  expect(await world.redis.hexists(roster, 'one more')).toBe(0);
  await announce('p5', 'p5 has changed');
  expect(await world.redis.hget(roster, 'p5')).toMatch(/p5 has changed$/);
  await world.redis.hset(roster, 'p7', `${now - 10 * FORGET_MS} well`);
  expect(await all()).toHaveLength(999);
  await announce('one more');
  expect(await world.redis.hexists(roster, 'one more')).toBe(1);
});

describe('the lookout', () => {
  const LEASE_MS = 60_000;
  const wants = (id: string, leaseMs = LEASE_MS) =>
    world.roster.announce(id, `${id} is well`, FORGET_MS, leaseMs);
  const isLookout = async (id: string, leaseMs?: number) => (await wants(id, leaseMs)).lookout;

  it('is the first process that wants to be, a projector too, and hears of all pods; the others do not', async () => {
    const projector = await world.projectorRoster.announce('p', 'drains', FORGET_MS, LEASE_MS);
    expect(projector).toMatchObject({ lookout: true, pods: [] });
    expect(await wants('a')).toMatchObject({ lookout: false, pods: [] });
    const again = await world.projectorRoster.announce('p', 'drains', FORGET_MS, LEASE_MS);
    expect(again.pods.map(({ id, word }) => [id, word])).toEqual([['a', 'a is well']]);
  });

  it('of many pods reads the roster only so often, and knows of all at each beat', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const now = Date.now();
    const pods = Array.from({ length: 1000 }, (_, index) => [`p${index}`, `${now} well`]);
    await world.redis.hset(roster, Object.fromEntries(pods));
    const known = async () => (await wants('p0')).pods.length;
    expect(await known()).toBe(1000);
    await world.redis.hdel(roster, 'p1');
    expect(await known()).toBe(1000);
    vi.advanceTimersByTime(2000);
    expect(await known()).toBe(999);
    // What it was no lookout for meanwhile it does not remember.
    await wants('p0', 0);
    await world.redis.hdel(roster, 'p2');
    expect(await known()).toBe(998);
  });

  it('tells all what it saw', async () => {
    await wants('a');
    await world.roster.tell('{"load":1}', 60_000);
    expect((await wants('b')).seen).toBe('{"load":1}');
    expect((await world.projectorRoster.announce('p', '', FORGET_MS)).seen).toBe('{"load":1}');
  });

  it('is another one when it stops, stands back or says nothing for too long', async () => {
    expect([await isLookout('a'), await isLookout('b')]).toEqual([true, false]);
    await world.roster.withdraw('a');
    expect([await isLookout('b'), await isLookout('a')]).toEqual([true, false]);
    expect([await isLookout('b', 0), await isLookout('a', 100)]).toEqual([false, true]);
    await expect.poll(() => isLookout('b'), PATIENCE).toBe(true);
  });

  it("is another one also where Redis' clock went back meanwhile, and a lease would stand for long", async () => {
    expect(await isLookout('a', 3_600_000)).toBe(true);
    expect(await isLookout('b', 50)).toBe(false);
    await expect.poll(() => isLookout('b', 50), PATIENCE).toBe(true);
  });

  it('is not taken its lease by another one that stops', async () => {
    await wants('a');
    await world.roster.withdraw('b');
    expect(await isLookout('b')).toBe(false);
  });
});

it('tells with a typed error that Redis does not answer', async () => {
  const closed = await realWorld(4);
  closed.redis.disconnect();
  await expect(closed.roster.announce('a', 'well', FORGET_MS)).rejects.toThrow(CacheUnavailableError);
  await expect(closed.roster.withdraw('a')).rejects.toThrow(CacheUnavailableError);
  await closed.stop().catch(() => undefined);
});
