import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CacheUnavailableError,
  JournalFullError,
  PreconditionFailedError,
  UnwatchedError,
} from '../errors.js';
import type { ScriptedRedis } from '../redis/scripts.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Cache } from './cache.js';
import { CacheKeys, slotOf } from './keys.js';

const ENTRIES = 6;
const BYTES = 100_000;
let world: RealWorld;
let keys: CacheKeys;
beforeAll(async () => {
  world = await realWorld(1);
  // Each cache of a test listens.
  world.redis.setMaxListeners(0);
  keys = new CacheKeys(world.settings.namespace, 1);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

/** A cache, and the calls that it makes of the script: how many pairs each names. */
function counted(redis = world.redis as ScriptedRedis, of = keys) {
  const calls: number[] = [];
  const counting: ScriptedRedis = new Proxy(redis, {
    get(target, name) {
      if (name === 'at') return () => counting;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (String(name).startsWith('hsCommit')) {
          const names = args.slice(1, 1 + Number(args[0]));
          calls.push(names.filter((each) => String(each).includes(':kv:')).length);
        }
        return Reflect.apply(member, target, args);
      };
    },
  });
  const settings = {
    journalMaxPerSlot: ENTRIES,
    journalMaxBytesPerSlot: BYTES,
    redisTimeoutMs: 5000,
    maxValueBytes: BYTES,
  };
  return { cache: new Cache(counting, of, () => settings), calls };
}
const outcomes = async (writes: Promise<unknown>[]) =>
  (await Promise.allSettled(writes)).map((outcome) =>
    outcome.status === 'fulfilled' ? 'made' : (outcome.reason as Error).constructor,
  );
const journaled = () => world.journal.overdue(0, Number.MAX_SAFE_INTEGER / 1000, 100);
const cachedValue = async (key: string) => (await world.cache.get(key))?.value;

describe('mutations in one call', () => {
  it('have each a version, a journal entry and an expiry of their own', async () => {
    const { cache, calls } = counted();
    const made = await Promise.all([
      cache.set({ key: 'a', value: '1', ttlSec: 60, sessionId: 's' }),
      cache.set({ key: 'b', value: '2' }),
      cache.set({ key: 'c', value: '3', interactionId: 'i' }),
    ]);
    expect(calls).toEqual([3]);
    const first = made[0].version;
    expect(made.map(({ version }) => version)).toEqual([first, first + 1, first + 2]);
    expect(JSON.parse(JSON.stringify(await journaled()))).toEqual(JSON.parse(JSON.stringify(made)));
    expect(await world.redis.pexpiretime(keys.pair(0, 'a'))).toBe(made[0].expireAt);
    expect(await world.redis.pexpiretime(keys.pair(0, 'b'))).toBe(-1);
    expect(await world.redis.get(keys.clock(0))).toBe(String(first + 2));
  });

  it('of one key follow each other, each with what the one before left', async () => {
    const { cache, calls } = counted();
    const absent = { is: 'none-match', versions: 'any' } as const;
    const there = { is: 'match', versions: 'any' } as const;
    const writes = [
      cache.set({ key: 'a', value: '1', precondition: there }),
      cache.set({ key: 'a', value: '2', precondition: absent }),
      cache.set({ key: 'a', value: '3', precondition: absent }),
      cache.set({ key: 'a', value: '4', precondition: there }),
    ];
    expect(await outcomes(writes)).toEqual([
      PreconditionFailedError,
      'made',
      PreconditionFailedError,
      'made',
    ]);
    expect(calls).toEqual([4]);
    expect((await journaled()).map(({ value }) => value)).toEqual(['2', '4']);
    expect(await cachedValue('a')).toBe('4');
  });

  it('are refused alone where a condition does not hold, or can not be told', async () => {
    const { cache, calls } = counted();
    const { version } = await cache.set({ key: 'a', value: 'old' });
    const writes = [
      cache.set({ key: 'a', value: 'new', precondition: { is: 'match', versions: [7] } }),
      cache.set({ key: 'b', value: '1' }),
      cache.set({ key: 'c', value: '1', unheardOfSince: version }),
      cache.set({ key: 'd', value: '1' }),
    ];
    expect(await outcomes(writes)).toEqual([PreconditionFailedError, 'made', UnwatchedError, 'made']);
    expect(calls).toEqual([1, 4]);
    expect((await journaled()).map(({ key }) => key)).toEqual(['a', 'b', 'd']);
  });

  it('are refused alone for a journal that is full of entries; deletes are not', async () => {
    const { cache, calls } = counted();
    const sets = Array.from({ length: ENTRIES + 2 }, (_, index) =>
      cache.set({ key: `${index}`, value: 'v' }),
    );
    const deletes = ['0', '1', '2'].map((key) => cache.delete(key));
    expect(await outcomes(sets)).toEqual([
      ...Array.from({ length: ENTRIES }, () => 'made'),
      JournalFullError,
      JournalFullError,
    ]);
    expect(await outcomes(deletes)).toEqual(['made', 'made', JournalFullError]);
    expect(calls).toEqual([ENTRIES + 5]);
    expect(await cachedValue(`${ENTRIES}`)).toBeUndefined();
    expect(await cachedValue('2')).toBe('v');
  });

  it('are refused alone for a journal that is full of bytes, and counted as if they came one by one', async () => {
    const { cache, calls } = counted();
    const [large, small] = ['v'.repeat(26_000), 'v'];
    for (const key of ['a', 'b', 'c']) await cache.set({ key, value: large });
    const writes = [
      cache.set({ key: 'd', value: large }),
      cache.set({ key: 'e', value: small }),
      cache.set({ key: 'f', value: large }),
    ];
    expect(await outcomes(writes)).toEqual([JournalFullError, 'made', JournalFullError]);
    expect(calls).toEqual([1, 1, 1, 3]);
    const size = async () => Number(await world.redis.hget(keys.journalSize(0), 'bytes'));
    expect(await size()).toBeGreaterThan(78_000);
    expect(await size()).toBeLessThan(BYTES);

    await world.clear();
    const together = [cache.set({ key: 'a', value: small }), cache.set({ key: 'b', value: large })];
    await Promise.all(together);
    const both = await size();
    await world.clear();
    await cache.set({ key: 'a', value: small });
    await cache.set({ key: 'b', value: large });
    expect(await size()).toBe(both);
  });

  it('are refused for what the journal held when it was measured last, until entries come or go', async () => {
    const { cache } = counted();
    await cache.set({ key: 'a', value: 'v' });
    await world.redis.hset(keys.journalSize(0), { bytes: BYTES, entries: 1 });
    await expect(cache.set({ key: 'b', value: 'v' })).rejects.toThrow(JournalFullError);
    await world.redis.hset(keys.journalSize(0), { bytes: BYTES, entries: 2 });
    expect(
      await outcomes([cache.set({ key: 'b', value: 'v' }), cache.set({ key: 'c', value: 'v' })]),
    ).toEqual(['made', 'made']);
    const [bytes, entries] = await world.redis.hmget(keys.journalSize(0), 'bytes', 'entries');
    expect(Number(bytes)).toBeLessThan(BYTES / 10);
    expect(entries).toBeNull();
  });

  it('go together although their values are there already, once it is known how large those are', async () => {
    const { cache, calls } = counted();
    const append = (key: string) => cache.append({ key, bytes: Buffer.from('v') });
    await append('a');
    await Promise.all(['a', 'b', 'c'].map(append));
    expect(calls).toEqual([1, 3]);
    await world.clear();
    await cache.set({ key: 'd', value: 'v'.repeat(40_000) });
    await append('d');
    calls.length = 0;
    await Promise.all([append('a'), append('b')]);
    expect(calls).toEqual([1, 1]);
  });

  it('are all noted while the slot is watched', async () => {
    const { cache } = counted();
    await world.restorer.watch();
    const made = await Promise.all(['a', 'b'].map((key) => cache.set({ key, value: '1' })));
    for (const { key, version } of made)
      expect(await world.redis.zscore(keys.changed(0), key)).toBe(String(version));
  });

  it('fail alone where one meets an error, behind which the others are made', async () => {
    const change = (key: string, ttlSec: string) => ['set', key, 'v', ttlSec, '', '', '', '', ''];
    const names = ['a', 'b', 'c'];
    const replies = await (world.redis as ScriptedRedis).hsCommit(
      5 + names.length,
      ...[keys.clock(0), keys.journal(0), keys.changed(0), keys.journalSize(0), keys.scratch(0)],
      ...names.map((key) => keys.pair(0, key)),
      ...[ENTRIES, ENTRIES, BYTES, 0, names.length],
      ...[...change('a', ''), ...change('b', 'soon'), ...change('c', '')],
    );
    expect(replies).toMatchObject([[expect.any(String), ''], expect.any(Error), [expect.any(String), '']]);
    expect((await journaled()).map(({ key }) => key)).toEqual(['a', 'c']);
    expect(await world.redis.get(keys.clock(0))).toBe((replies[2] as string[])[0]);
  });

  it('all fail where what is wrong is of the slot', async () => {
    const { cache } = counted();
    await world.redis.set(keys.journal(0), 'no stream');
    const writes = [cache.set({ key: 'a', value: '1' }), cache.set({ key: 'b', value: '1' })];
    expect(await outcomes(writes)).toEqual([CacheUnavailableError, CacheUnavailableError]);
    expect(await world.cache.getMany(['a', 'b'])).toEqual([undefined, undefined]);
  });
});

describe('mutations of several slots', () => {
  const SLOTS = 3;
  const places = new CacheKeys('several', SLOTS);
  /** A key of each slot. */
  const [a = '', b = '', c = ''] = Array.from(
    { length: SLOTS },
    (_, slot) =>
      Array.from({ length: 50 }, (_, index) => `k${index}`).find((key) => slotOf(key, SLOTS) === slot) ?? '',
  );
  const all = Array.from({ length: SLOTS }, (_, slot) => [
    ...[places.clock(slot), places.journal(slot), places.pair(slot, [a, b, c][slot] ?? '')],
    ...[places.journalSize(slot), places.changed(slot)],
  ]).flat();
  beforeEach(() => world.redis.del(...all));
  afterAll(() => world.redis.del(...all));

  it('are made in one call, each in its slot', async () => {
    const { cache, calls } = counted(undefined, places);
    const there = { is: 'match', versions: 'any' } as const;
    const made = await Promise.all([
      ...[a, b, c].map((key, index) => cache.set({ key, value: `${index}` })),
      cache.set({ key: a, value: '3', precondition: there }),
    ]);
    expect(calls).toHaveLength(1);
    expect(made.map(({ slot }) => slot)).toEqual([0, 1, 2, 0]);
    for (const slot of [0, 1, 2]) {
      const versions = made.filter((each) => each.slot === slot).map(({ version }) => `${version}-0`);
      expect((await world.redis.xrange(places.journal(slot), '-', '+')).map(([id]) => id)).toEqual(versions);
      expect(await world.redis.get(places.clock(slot))).toBe(versions.at(-1)?.slice(0, -2));
    }
    expect((await cache.getMany([a, b, c])).map((pair) => pair?.value)).toEqual(['3', '1', '2']);
  });

  it('fail in one slot alone where what is wrong is of that slot', async () => {
    const { cache, calls } = counted(undefined, places);
    await world.redis.set(places.journal(0), 'no stream');
    const writes = [a, b, c].map((key) => cache.set({ key, value: '1' }));
    expect(await outcomes(writes)).toEqual([CacheUnavailableError, 'made', 'made']);
    expect(calls).toHaveLength(1);
    expect(await world.redis.exists(places.pair(0, a), places.clock(0))).toBe(0);
  });
});

it.each([1, 2])(
  'a Redis that is out of memory takes the deletes of a turn over %i slots, and none of its sets',
  async (slots) => {
    const own = await OwnRedis.start({ settings: { 'maxmemory-policy': 'noeviction' } });
    const full = await realWorld(slots, { REDIS_URL: own.url });
    try {
      const { cache, calls } = counted(
        full.redis as ScriptedRedis,
        new CacheKeys(full.settings.namespace, slots),
      );
      await cache.set({ key: 'a', value: '1' });
      await full.redis.config('SET', 'maxmemory', '100kb');
      const writes = [
        cache.set({ key: 'b', value: '1' }),
        cache.delete('a'),
        cache.set({ key: 'c', value: '1' }),
        cache.set({ key: 'a', value: '2' }),
      ];
      expect(await outcomes(writes)).toEqual([
        CacheUnavailableError,
        'made',
        CacheUnavailableError,
        CacheUnavailableError,
      ]);
      expect(calls).toEqual([1, 4, 1]);
      await expect(writes[0]).rejects.toThrow('OOM');
      expect(await full.cache.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, undefined]);
    } finally {
      await full.stop();
      await own.stop();
    }
  },
);
