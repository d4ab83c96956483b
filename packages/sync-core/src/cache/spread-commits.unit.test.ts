import { expect, it } from 'vitest';
import { Cache } from './cache.js';
import type { CacheConnection } from './cache-connection.js';
import { CacheKeys, slotOf } from './keys.js';
import type { ScriptedRedis } from './scripts.js';

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
  const settings = {
    journalMaxPerSlot: 10,
    journalMaxBytesPerSlot: 1000,
    redisTimeoutMs: 60_000,
    maxValueBytes: 1000,
  };
  const cache = new Cache(redis, keys, () => settings);
  void cache.set({ key: slow, value: 'v' }).catch(() => undefined);
  expect(await cache.set({ key: quick, value: 'v' })).toMatchObject({ key: quick, version: 7 });
  expect(await cache.set({ key: quick, value: 'w' })).toMatchObject({ version: 7 });
});
