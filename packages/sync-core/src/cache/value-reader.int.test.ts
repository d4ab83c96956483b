import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { CacheConnection } from '../redis/cache-connection.js';
import type { ScriptedRedis } from '../redis/scripts.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import type { ForeignRecords } from './foreign-records.js';
import { CacheKeys, slotOf } from './keys.js';
import { ValueReader } from './value-reader.js';

const SLOTS = 4;
const MIB = 1024 * 1024;
let world: RealWorld;
let redis: ScriptedRedis;
let keys: CacheKeys;
const found = vi.fn<ForeignRecords['found']>();
const foreign = { found } as unknown as ForeignRecords;
beforeAll(async () => {
  world = await realWorld(SLOTS);
  redis = world.redis as ScriptedRedis;
  keys = new CacheKeys(world.settings.namespace, SLOTS);
});
afterAll(() => world.stop());
beforeEach(async () => {
  found.mockClear();
  await world.clear();
});

const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const setAll = () => Promise.all(names.map((key) => world.cache.set({ key, value: `of ${key}` })));

/** The real server, with the number of keys of each call; `apart`: it takes no command over several slots. */
function server(apart = false) {
  const asked: number[] = [];
  const hsValuesBuffer = async (count: number, ...rest: (string | number)[]) => {
    asked.push(count);
    const slots = new Set(rest.slice(0, count).map((name) => /\{(\d+)\}/.exec(String(name))?.[1]));
    if (apart && slots.size > 1)
      throw Object.assign(new Error('CROSSSLOT of several'), { name: 'ReplyError' });
    return redis.hsValuesBuffer(count, ...rest);
  };
  const reader = new ValueReader(
    { at: () => ({ hsValuesBuffer }) } as unknown as CacheConnection,
    keys,
    foreign,
  );
  return { asked, reader };
}

it('values of all slots are read in one call, in the order asked for; what is absent is undefined', async () => {
  await setAll();
  const { asked, reader } = server();
  const { values, unread } = await reader.some([...names, 'absent', 'a']);
  expect(new Set(names.map((key) => slotOf(key, SLOTS))).size).toBeGreaterThan(1);
  expect(values).toEqual([...names.map((key) => `of ${key}`), undefined, 'of a']);
  expect(unread).toEqual([]);
  expect(asked).toEqual([names.length + 2]);
});

it('what holds more together is read in parts', async () => {
  for (const key of ['a', 'b', 'c']) {
    await redis.hset(keys.pair(slotOf(key, SLOTS), key), 'value', 'v'.repeat(MIB + 1), 'version', '1');
  }
  const { values, unread } = await server().reader.some(['a', 'b', 'c']);
  expect(values.map((value) => value?.length)).toEqual([MIB + 1, MIB + 1, undefined]);
  expect(unread).toEqual([2]);
});

it('what is large is bytes, which keep nothing else in memory', async () => {
  const [small, large] = ['ä'.repeat(2047), 'ä'.repeat(2048)];
  await world.cache.set({ key: 'a', value: small });
  await world.cache.set({ key: 'b', value: large });
  const { values } = await server().reader.some(['a', 'b']);
  expect(values).toEqual([small, Buffer.from(large)]);
  expect((values[1] as Buffer).buffer.byteLength).toBeLessThanOrEqual(2 * 4096);
});

it('what is no pair has no value, and is told of', async () => {
  await setAll();
  const list = keys.pair(slotOf('b', SLOTS), 'b');
  const half = keys.pair(slotOf('c', SLOTS), 'c');
  await redis.del(list, half);
  await redis.rpush(list, 'x');
  await redis.hset(half, 'value', 'x');
  const { values } = await server().reader.some(['a', 'b', 'c']);
  expect(values).toEqual(['of a', undefined, undefined]);
  expect(found.mock.calls).toEqual([
    ['pair', list, 'list'],
    ['pair', half, 'hash'],
  ]);
});

it('where a call may not be of several slots, each slot has one of its own, and from then on', async () => {
  await setAll();
  const { asked, reader } = server(true);
  const expected = { values: names.map((key) => `of ${key}`), unread: [] };
  expect(await reader.some(names)).toEqual(expected);
  const [together, ...apart] = asked.splice(0);
  expect(together).toBe(names.length);
  expect(apart.reduce((sum, count) => sum + count, 0)).toBe(names.length);
  expect(await reader.some(names)).toEqual(expected);
  expect(asked).toEqual(apart);
});
