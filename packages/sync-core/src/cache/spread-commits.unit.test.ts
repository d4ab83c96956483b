import { describe, expect, it, vi } from 'vitest';
import type { CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';
import type { ScriptedRedis } from '../redis/scripts.js';
import { Cache } from './cache.js';
import { CacheKeys, slotOf } from './keys.js';

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
    servers,
    at: (key: string) => servers[key.includes('{0}') ? 0 : 1],
    on: () => undefined,
  } as unknown as CacheConnection;
  const cache = new Cache(redis, keys, () => settings);
  void cache.set({ key: slow, value: 'v' }).catch(() => undefined);
  expect(await cache.set({ key: quick, value: 'v' })).toMatchObject({ key: quick, version: 7 });
  expect(await cache.set({ key: quick, value: 'w' })).toMatchObject({ version: 7 });
});

it('what leaves in one turn leaves in one write for each master, with a call for each slot', async () => {
  const writes: string[][] = [];
  const server = {
    inOneWrite: <T>(send: () => T) => {
      writes.push([]);
      return send();
    },
    async hsCommit(_keys: number, clock: string) {
      writes.at(-1)?.push(clock);
      return [['7', '-1']];
    },
  } as unknown as ScriptedRedis;
  const redis = { spread: true, servers: [server], at: () => server, on: () => undefined };
  const cache = new Cache(redis as unknown as CacheConnection, keys, () => settings);
  await Promise.all([slow, quick].map((key) => cache.set({ key, value: 'v' })));
  expect(writes).toEqual([[keys.clock(0), keys.clock(1)]]);
  await cache.set({ key: quick, value: 'w' });
  expect(writes.slice(1)).toEqual([[keys.clock(1)]]);
});

describe('where a call may not be of several slots', () => {
  const refused = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });
  /** What stands before a cluster as one server; `fails`: what calls of one slot are answered. */
  function behindProxy(fails: (slot: string) => Error | undefined = () => undefined) {
    const calls: number[] = [];
    const proxy = {
      spread: false,
      at: () => proxy,
      get servers() {
        return [proxy];
      },
      on: () => undefined,
      inOneWrite: <T>(send: () => T) => send(),
      async hsCommit(keyCount: number, clock: string) {
        calls.push(keyCount);
        if (keyCount > 6) throw refused("CROSSSLOT Keys in request don't hash to the same slot");
        const failure = fails(clock.includes('{0}') ? slow : quick);
        if (failure !== undefined) throw failure;
        return [[clock.includes('{0}') ? '7' : '8', '']];
      },
    } as unknown as ScriptedRedis;
    const cache = new Cache(proxy, keys, () => settings);
    const write = () => Promise.allSettled([slow, quick].map((key) => cache.set({ key, value: 'v' })));
    return { calls, write };
  }
  const made = (key: string, version: number) => ({ status: 'fulfilled', value: { key, version } });

  it('each slot has a call of its own at once, and from then on', async () => {
    const { calls, write } = behindProxy();
    expect(await write()).toMatchObject([made(slow, 7), made(quick, 8)]);
    expect(await write()).toMatchObject([made(slow, 7), made(quick, 8)]);
    expect(calls).toEqual([12, 6, 6, 6, 6]);
  });

  it('what fails the one of a slot fails no other', async () => {
    const { write } = behindProxy((key) => (key === slow ? refused('CLUSTERDOWN') : undefined));
    expect(await write()).toMatchObject([
      { status: 'rejected', reason: { code: 'CACHE_UNAVAILABLE' } },
      made(quick, 8),
    ]);
  });
});

it.each([
  ['failed where nothing of it was answered', new Error('away'), true],
  ['answered where a part of it was', [['7', ''], new Error('of one')], false],
])('a call of many is measured as %s', async (_, reply, failed) => {
  const called = vi.fn();
  const server = {
    spread: false,
    servers: [] as ScriptedRedis[],
    at: () => server,
    on: () => undefined,
    inOneWrite: <T>(send: () => T) => send(),
    hsCommit: async () => {
      if (reply instanceof Error) throw reply;
      return reply;
    },
  } as unknown as ScriptedRedis;
  const cache = new Cache(server, keys, () => settings, undefined, redisCalls('cache', { called }));
  const written = await cache.writeMany([quick, slow].map((key) => ({ op: 'set', key, value: 'v' })));
  expect(written[1]).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  expect(called).toHaveBeenCalledExactlyOnceWith('redis', 'cache.write_many', expect.any(Number), failed);
});
