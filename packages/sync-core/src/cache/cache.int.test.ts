import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CacheUnavailableError, JournalFullError, PreconditionFailedError } from '../errors.js';
import type { Mutation } from '../mutation.js';
import type { ScriptedRedis } from '../redis/scripts.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { scannedKeys } from '../testing/scanned-keys.js';
import { Cache } from './cache.js';
import { CacheKeys } from './keys.js';
import type { Precondition } from './precondition.js';

const JOURNAL_BOUND = 5;
let world: RealWorld;
let keys: CacheKeys;
beforeAll(async () => {
  world = await realWorld(1, { JOURNAL_MAX_ENTRIES_PER_SLOT: String(JOURNAL_BOUND) });
  keys = new CacheKeys(world.settings.namespace, 1);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const journaled = () => world.journal.overdue(0, Number.MAX_SAFE_INTEGER / 1000, 100);
/** Everything that the scripts could change in a slot. */
const slotState = async (key: string) => ({
  pair: await world.redis.hgetall(keys.pair(0, key)),
  expiry: await world.redis.pexpiretime(keys.pair(0, key)),
  clock: await world.redis.get(keys.clock(0)),
  journal: await world.redis.xrange(keys.journal(0), '-', '+'),
});

describe('versions', () => {
  it('rise with every mutation of a slot, whatever the keys', async () => {
    const versions = [
      await world.cache.set({ key: 'a', value: '1' }),
      await world.cache.set({ key: 'b', value: '1' }),
      (await world.cache.delete('a')).mutation,
      await world.cache.resync('b'),
    ].map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
  });

  it('are the time of Redis in microseconds', async () => {
    const before = await world.journal.now(0);
    const { version } = await world.cache.set({ key: 'a', value: '1' });
    expect(version / 1000).toBeGreaterThanOrEqual(before);
    expect(version / 1000).toBeLessThan((await world.journal.now(0)) + 1);
  });

  it('rise by one while the last one is ahead of the clock', async () => {
    const ahead = (await world.journal.now(0)) * 1000 + 3_600_000_000;
    await world.redis.set(keys.clock(0), ahead);
    expect(await world.cache.set({ key: 'a', value: '1' })).toHaveProperty('version', ahead + 1);
    expect(await world.cache.set({ key: 'a', value: '2' })).toHaveProperty('version', ahead + 2);
  });

  it('go on rising when Redis has lost everything', async () => {
    const { version } = await world.cache.set({ key: 'a', value: '1' });
    await world.clear();
    expect((await world.cache.set({ key: 'a', value: '1' })).version).toBeGreaterThan(version);
  });
});

describe('a mutation', () => {
  it('is in the journal as its writer was told', async () => {
    const set = await world.cache.set({
      key: 'a',
      value: 'v',
      ttlSec: 60,
      sessionId: 's',
      interactionId: 'i',
    });
    const { mutation: deleted } = await world.cache.delete('a', { sessionId: 's' });
    const plain = (mutation: Mutation) => JSON.parse(JSON.stringify(mutation));
    expect((await journaled()).map(plain)).toEqual([plain(set), plain(deleted)]);
  });

  it('expires in the cache at the very millisecond that it tells', async () => {
    const { expireAt } = await world.cache.set({ key: 'a', value: 'v', ttlSec: 60 });
    expect(await world.redis.pexpiretime(keys.pair(0, 'a'))).toBe(expireAt);
  });

  it.each([undefined, 0])('with a time to live of %s clears an earlier one', async (ttlSec) => {
    await world.cache.set({ key: 'a', value: 'v', ttlSec: 60 });
    expect(await world.cache.set({ key: 'a', value: 'v', ttlSec })).toHaveProperty('expireAt', undefined);
    expect(await world.redis.pexpiretime(keys.pair(0, 'a'))).toBe(-1);
  });

  it('that deletes an absent key is one too: its shadow may hold something', async () => {
    expect(await world.cache.delete('never-set')).toMatchObject({ existed: false, mutation: { op: 'del' } });
    expect(await journaled()).toHaveLength(1);
  });

  it('that resyncs keeps value and expiry under a new version', async () => {
    const set = await world.cache.set({ key: 'a', value: 'v', ttlSec: 60 });
    const again = await world.cache.resync('a');
    expect(again).toMatchObject({ op: 'set', value: 'v', expireAt: set.expireAt });
    expect(await world.cache.get('a')).toEqual({
      key: 'a',
      value: 'v',
      version: again.version,
      expireAt: set.expireAt,
    });
  });

  it('that resyncs an absent key is none: it may have been lost, which is no delete', async () => {
    await expect(world.cache.resync('absent')).rejects.toThrow(PreconditionFailedError);
    expect(await journaled()).toEqual([]);
  });

  it('replaces whatever else lies under its name', async () => {
    await world.redis.lpush(keys.pair(0, 'a'), 'not a pair');
    await world.cache.set({ key: 'a', value: 'v' });
    expect(await world.cache.get('a')).toMatchObject({ value: 'v' });
  });
});

describe('a full journal', () => {
  it.each([
    ['set', () => world.cache.set({ key: 'a', value: 'new' })],
    ['resync', () => world.cache.resync('a')],
  ])('refuses a %s and changes nothing', async (_, write) => {
    await world.cache.set({ key: 'a', value: 'old', ttlSec: 60 });
    for (let index = 1; index < JOURNAL_BOUND; index++)
      await world.cache.set({ key: `${index}`, value: 'v' });
    const before = await slotState('a');
    await expect(write()).rejects.toThrow(JournalFullError);
    expect(await slotState('a')).toEqual(before);
  });

  it('takes deletes for a quarter longer, then refuses them too and changes nothing', async () => {
    await world.cache.set({ key: 'a', value: 'old' });
    for (let index = 1; index < JOURNAL_BOUND; index++)
      await world.cache.set({ key: `${index}`, value: 'v' });
    await world.cache.delete('1');
    await expect(world.cache.delete('2')).resolves.toMatchObject({ existed: true });
    const before = await slotState('a');
    await expect(world.cache.delete('a')).rejects.toThrow(JournalFullError);
    expect(await slotState('a')).toEqual(before);
  });

  it('takes writes again as soon as there is room', async () => {
    const first = await world.cache.set({ key: 'a', value: 'v' });
    for (let index = 1; index < JOURNAL_BOUND; index++)
      await world.cache.set({ key: `${index}`, value: 'v' });
    await world.journal.remove([first]);
    await expect(world.cache.set({ key: 'a', value: 'new' })).resolves.toMatchObject({ value: 'new' });
  });
});

describe('reading', () => {
  it('gives pairs in the order asked for, and undefined for absent ones', async () => {
    await world.cache.set({ key: 'a', value: '1' });
    await world.cache.set({ key: 'b', value: '2' });
    const pairs = await world.cache.getMany(['b', 'absent', 'a']);
    expect(pairs.map((pair) => pair?.value)).toEqual(['2', undefined, '1']);
  });

  it('lists a key that looks like the name of a pair only under its own prefix', async () => {
    const tricky = 'x}:kv:inner';
    await world.cache.set({ key: tricky, value: '1' });
    expect(await scannedKeys(world.cache, 'inner')).toEqual([]);
    expect(await scannedKeys(world.cache, 'x}')).toEqual([tricky]);
  });
});

it('a Redis that is away is an error that says what was being done', async () => {
  const lonely = world.redis.duplicate() as ScriptedRedis;
  lonely.disconnect();
  const cache = new Cache(lonely, keys, () => ({
    journalMaxPerSlot: 10,
    journalMaxBytesPerSlot: 1000,
    redisTimeoutMs: 2000,
    maxValueBytes: 1_000_000,
  }));
  await expect(cache.get('a')).rejects.toThrow(CacheUnavailableError);
  await expect(cache.get('a')).rejects.toThrow(/while reading pairs/);
});

describe('a resync of a pair that was seen', () => {
  const ABSENT = { is: 'none-match', versions: 'any' } as const;

  it('is made while the pair is as it was seen', async () => {
    const { version } = await world.cache.set({ key: 'a', value: '1' });
    const seen = { precondition: { is: 'match', versions: [version] } } as const;
    expect(await world.cache.resync('a', seen)).toMatchObject({ op: 'set', value: '1' });
  });

  it.each<[string, Precondition]>([
    ['another version', { is: 'match', versions: [7] }],
    ['none', ABSENT],
  ])('is refused, with nothing changed, when %s was seen', async (_, precondition) => {
    await world.cache.set({ key: 'a', value: '1' });
    const before = await slotState('a');
    await expect(world.cache.resync('a', { precondition })).rejects.toThrow(PreconditionFailedError);
    expect(await slotState('a')).toEqual(before);
  });

  it.each<[string, Precondition]>([
    ['a version', { is: 'match', versions: [7] }],
    ['none', ABSENT],
  ])('is refused when the pair is gone and %s was seen', async (_, precondition) => {
    await expect(world.cache.resync('a', { precondition })).rejects.toThrow(PreconditionFailedError);
    expect(await journaled()).toEqual([]);
  });
});

it('what is no hash at the name of a pair is read as no pair', async () => {
  await world.redis.set(keys.pair(0, 'a'), 'text');
  await world.cache.set({ key: 'b', value: '1' });
  expect(await world.cache.getMany(['a', 'b'])).toMatchObject([undefined, { key: 'b' }]);
});
