import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CacheKeys } from '../cache/keys.js';
import type { ScriptedRedis } from '../redis/scripts.js';
import { Damage, directSync } from '../testing/damage.js';
import { deferred } from '../testing/deferred.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { CheckStore } from './check-state.js';
import { ScheduledCheck, type ScheduledCheckOptions } from './scheduled-check.js';
import { verify } from './verify.js';

const SLOTS = 2;
const HOUR_MS = 3_600_000;
let world: RealWorld;
let keys: CacheKeys;
beforeAll(async () => {
  world = await realWorld(SLOTS);
  keys = new CacheKeys(world.settings.namespace, SLOTS);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

/** The check of one pod. */
const pod = ({
  verify: verifyAll = (options) => verify(world, options),
  ...pace
}: Partial<ReturnType<ScheduledCheckOptions['settings']> & Pick<ScheduledCheckOptions, 'verify'>> = {}) =>
  new ScheduledCheck({
    store: new CheckStore(world.redis as ScriptedRedis, keys),
    verify: verifyAll,
    settings: () => ({
      checkIntervalMs: HOUR_MS,
      checkMaxKeys: 10_000,
      checkKeysPerSecond: 1_000_000,
      ...pace,
    }),
    log: pino({ level: 'silent' }),
  });
/** As if the last check had begun so long ago. */
const letItBeDue = () => world.redis.hset(keys.check(), 'startedAt', Date.now() - HOUR_MS);

it('finds what differs, and every pod knows of it', async () => {
  await directSync(world).set({ key: 'a', value: 'v' });
  await new Damage(world).cause('cache-missing', 'a');
  const [first, second] = [pod(), pod()];
  await first.look();
  expect(first.last).toMatchObject({ health: 'ISSUES_DETECTED', keys: 1, differing: 1, undecided: 0 });
  await second.look();
  expect(second.last).toEqual(first.last);
});

describe('one check in each interval', () => {
  it('is made by the whole deployment, across restarts', async () => {
    let checks = 0;
    const counting: ScheduledCheckOptions['verify'] = (options) => {
      checks++;
      return verify(world, options);
    };
    for (let restart = 0; restart < 3; restart++) await pod({ verify: counting }).look();
    expect(checks).toBe(1);
    await letItBeDue();
    await Promise.all([pod({ verify: counting }).look(), pod({ verify: counting }).look()]);
    expect(checks).toBe(2);
  });

  it('goes on where the one before ended, so that in time all keys are looked at', async () => {
    const sync = directSync(world);
    const names = Array.from({ length: 2500 }, (_, index) => `key-${index}`);
    await sync.setAll(names.map((key) => ({ key, value: 'v' })));
    let seen = 0;
    do {
      const check = pod({ checkMaxKeys: 1000 });
      await letItBeDue();
      await check.look();
      seen += check.last?.keys ?? 0;
    } while (await world.redis.hget(keys.check(), 'cursor'));
    expect(seen).toBe(2500);
  });

  it("is made where the last one began later than now, since Redis' clock went back", async () => {
    await world.redis.hset(keys.check(), 'startedAt', Date.now() + 600_000);
    const check = pod();
    await check.look();
    expect(check.last).toMatchObject({ health: 'HEALTHY' });
  });

  it('begins again when the stored cursor is none', async () => {
    await world.redis.hset(keys.check(), 'cursor', 'of another version');
    const check = pod();
    await check.look();
    expect(check.last).toMatchObject({ health: 'HEALTHY' });
  });
});

describe('the lease', () => {
  it('keeps other pods from checking, and is given up at the end', async () => {
    const going = deferred<void>();
    const slow = pod({
      verify: async (options) => {
        await going.promise;
        return verify(world, options);
      },
    });
    const looking = slow.look();
    await expect.poll(() => world.redis.exists(keys.checkLease())).toBe(1);
    await letItBeDue();
    const other = pod();
    await other.look();
    expect(other.last).toBeUndefined();
    going.resolve();
    await looking;
    expect(await world.redis.exists(keys.checkLease())).toBe(0);
  });

  it("is cut to its length where Redis' clock went back, and it would stand for longer", async () => {
    await world.redis.set(keys.checkLease(), 'of a pod that died', 'PX', 600_000);
    expect(await new CheckStore(world.redis as ScriptedRedis, keys).acquire()).toBe(false);
    expect(await world.redis.pttl(keys.checkLease())).toBeLessThanOrEqual(30_000);
  });

  it("is another pod's to give up", async () => {
    await world.redis.set(keys.checkLease(), 'of another pod');
    const store = new CheckStore(world.redis as ScriptedRedis, keys);
    expect(await store.acquire()).toBe(false);
    expect(await store.renew()).toBe(false);
    await store.release();
    expect(await world.redis.get(keys.checkLease())).toBe('of another pod');
  });
});

it('ends soon when the pod stops, and leaves the cursor as it was', async () => {
  const check = pod({ checkIntervalMs: 1 });
  check.start();
  await expect.poll(() => check.last).toBeDefined();
  await check.stop();
});
