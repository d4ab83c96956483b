import KeyvRedis from '@keyv/redis';
import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite';
import { createClient } from '@redis/client';
import { createCache } from 'cache-manager';
import { RedisStore } from 'connect-redis';
import { Keyv } from 'keyv';
import * as vitest from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const { afterAll, beforeAll, describe, expect, it } = vitest;

let api: InProcessApi;
const url = () => `redis://127.0.0.1:${api.redisPort}`;

beforeAll(async () => {
  api = await startInProcessApi({ REDIS_LISTEN_PORT: '0' });
});
afterAll(() => api.stop());

describe("Keyv's own test suite by @keyv/redis", () => {
  const opened: KeyvRedis<unknown>[] = [];
  const store = () => {
    const made = new KeyvRedis(url());
    opened.push(made);
    return made;
  };
  afterAll(() => Promise.all(opened.map((each) => each.disconnect())));
  /** What it does by MULTI and EXEC, which are refused: the keys are deleted, and it answers that they were not there. */
  const TRANSACTION = '.deleteMany([keys]) should delete multiple key';
  const told = ((title: string, test: () => unknown) =>
    title === TRANSACTION ? it.fails(title, test) : it(title, test)) as typeof it;
  keyvTestSuite({ ...vitest, it: told }, Keyv, store);
  keyvIteratorTests(vitest, Keyv, store);
});

it('@keyv/redis keeps, expires, lists and deletes in a namespace', async () => {
  const keyv = new Keyv(new KeyvRedis(url()), { namespace: 'n' });
  expect(await keyv.set('a', { deep: [1] })).toBe(true);
  expect(await keyv.set('soon', 'gone', 20)).toBe(true);
  expect(await keyv.get('a')).toEqual({ deep: [1] });
  await keyv.set('b', 2);
  await keyv.set('c', 3);
  expect(await keyv.getMany(['a', 'b', 'none'])).toEqual([{ deep: [1] }, 2, undefined]);
  expect(await keyv.has('a')).toBe(true);
  await expect.poll(() => keyv.get('soon')).toBeUndefined();
  const found: unknown[] = [];
  for await (const [key] of keyv.iterator?.('n') ?? []) found.push(key);
  expect(found.sort()).toEqual(['a', 'b', 'c']);
  expect(await keyv.delete('a')).toBe(true);
  const refused: Error[] = [];
  keyv.on('error', (error: Error) => refused.push(error));
  expect(await keyv.hasMany(['b', 'c'])).toEqual([false, false]);
  expect(refused.map(String).join()).toContain('there are no transactions');
  await keyv.clear();
  expect(await keyv.getMany(['b', 'c'])).toEqual([undefined, undefined]);
  await keyv.disconnect();
});

it('cache-manager reads through it', async () => {
  const store = new Keyv(new KeyvRedis(url()), { namespace: 'm' });
  const cache = createCache({ stores: [store] });
  let made = 0;
  const value = () => cache.wrap('w', async () => ({ made: ++made }), 60_000);
  expect([await value(), await value()]).toEqual([{ made: 1 }, { made: 1 }]);
  expect(await cache.ttl('w')).toBeGreaterThan(Date.now());
  await cache.mset([
    { key: 'x', value: 1 },
    { key: 'y', value: 2 },
  ]);
  expect(await cache.mget(['x', 'y', 'z'])).toEqual([1, 2, undefined]);
  expect(await cache.del('w')).toBe(true);
  expect(await value()).toEqual({ made: 2 });
  await cache.disconnect();
});

it('connect-redis keeps sessions of express-session', async () => {
  const client = createClient({ url: url() });
  await client.connect();
  const store = new RedisStore({ client, prefix: 's:', ttl: 100 });
  const session = { cookie: { originalMaxAge: null }, user: 'ann' };
  await store.set('one', session);
  await store.set('two', session);
  expect(await store.get('one')).toMatchObject({ user: 'ann' });
  expect(await client.ttl('s:one')).toBeGreaterThan(90);
  await store.touch('one', session);
  expect(((await store.ids()) as string[]).sort()).toEqual(['one', 'two']);
  expect(await store.length()).toBe(2);
  expect(await store.all()).toHaveLength(2);
  await store.destroy('one');
  expect(await store.get('one')).toBeNull();
  await store.clear();
  expect(await store.length()).toBe(0);
  await client.close();
});
