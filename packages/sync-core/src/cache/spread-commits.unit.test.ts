import { expect, it } from 'vitest';
import { Cache } from './cache.js';
import type { CacheConnection } from './cache-connection.js';
import { CacheKeys, slotOf } from './keys.js';
import type { ScriptedRedis } from './scripts.js';

const settings = {
  journalMaxPerSlot: 10,
  journalMaxBytesPerSlot: 1000,
  redisTimeoutMs: 60_000,
  maxValueBytes: 1000,
};
const SLOTS = 2;
const keys = new CacheKeys('hs', SLOTS);
const [slow = '', quick = ''] = [0, 1].map((slot) =>
  ['a', 'b', 'c', 'd', 'e'].find((key) => slotOf(key, SLOTS) === slot),
);

it('a master that does not answer holds up the writes of its own slots only', async () => {
  const server = (answers: boolean) =>
    ({
      inOneWrite: <T>(send: () => T) => send(),
      hsCommit: () => (answers ? Promise.resolve([['7', '-1']]) : new Promise(() => undefined)),
    }) as unknown as ScriptedRedis;
  const servers = [server(false), server(true)];
  const redis = {
    spread: true,
    at: (key: string) => servers[key.includes('{0}') ? 0 : 1],
    on: () => undefined,
  } as unknown as CacheConnection;
  const cache = new Cache(redis, keys, () => settings);
  void cache.set({ key: slow, value: 'v' }).catch(() => undefined);
  expect(await cache.set({ key: quick, value: 'v' })).toMatchObject({ key: quick, version: 7 });
  expect(await cache.set({ key: quick, value: 'w' })).toMatchObject({ version: 7 });
});

it('where a call may not be of several slots, calls are of one each from then on', async () => {
  const calls: number[] = [];
  const crossing = Object.assign(new Error("CROSSSLOT Keys in request don't hash to the same slot"), {
    name: 'ReplyError',
  });
  const proxy = {
    spread: false,
    at: () => proxy,
    on: () => undefined,
    inOneWrite: <T>(send: () => T) => send(),
    async hsCommit(keyCount: number) {
      calls.push(keyCount);
      if (keyCount > 6) throw crossing;
      return [['7', '']];
    },
  } as unknown as ScriptedRedis;
  const cache = new Cache(proxy, keys, () => settings);
  const write = () => Promise.all([slow, quick].map((key) => cache.set({ key, value: 'v' })));
  await expect(write()).rejects.toThrow('several hash slots');
  expect((await write()).map(({ version }) => version)).toEqual([7, 7]);
  expect(calls).toEqual([12, 6, 6]);
});
