import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JournalFullError, PreconditionFailedError } from '../errors.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Cache, type Written } from './cache.js';
import { CacheKeys } from './keys.js';
import type { PlainInput } from './write-inputs.js';

const ENTRIES = 4;
let world: RealWorld;
let keys: CacheKeys;
let cache: Cache;
beforeAll(async () => {
  world = await realWorld(1);
  keys = new CacheKeys(world.settings.namespace, 1);
  const settings = {
    journalMaxPerSlot: ENTRIES,
    journalMaxBytesPerSlot: 100_000,
    redisTimeoutMs: 5000,
    maxValueBytes: 100_000,
  };
  cache = new Cache(world.redis, keys, () => settings);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const set = (key: string, value: string, rest: Partial<PlainInput> = {}) =>
  ({ op: 'set', key, value, ...rest }) as PlainInput;
const journaled = async () =>
  (await world.journal.overdue(0, Number.MAX_SAFE_INTEGER / 1000, 100)).map(({ version, value }) => [
    version,
    value,
  ]);
const versionsOf = (written: readonly (Written | Error)[]) =>
  written.map((each) => (each instanceof Error ? each : each.mutation.version));

describe('of several sets of a key that wait at the same time', () => {
  it('only the newest is made and journaled; each has a version of its own, below that one, as if all were', async () => {
    const written = await cache.writeMany([
      set('k', '1'),
      set('other', 'o'),
      set('k', '2', { ttlSec: 60, sessionId: 's' }),
      set('k', '3', { ttlSec: 100, sessionId: 't' }),
    ]);
    const first = versionsOf(written)[0] as number;
    expect(versionsOf(written)).toEqual([first, first + 3, first + 1, first + 2]);
    expect(await journaled()).toEqual([
      [first + 2, '3'],
      [first + 3, 'o'],
    ]);
    expect(await world.cache.get('k')).toMatchObject({ value: '3', version: first + 2 });
    const made = written.map((each) => (each as Written).mutation);
    expect(made[3]).toMatchObject({ ttlSec: 100, sessionId: 't' });
    expect(made[0]).toMatchObject({ value: '1', expireAt: undefined, standing: made[3] });
    const expireAt = made[3]?.expireAt ?? 0;
    expect(made[2]).toMatchObject({ value: '2', sessionId: 's', expireAt: expireAt - 40_000 });
    expect(await world.redis.pexpiretime(keys.pair(0, 'k'))).toBe(expireAt);
    expect(await world.redis.get(keys.clock(0))).toBe(String(first + 3));
  });

  it('each is made where something of that key comes between, or is asked of it', async () => {
    const absent = { is: 'none-match', versions: 'any' } as const;
    const written = await cache.writeMany([
      set('k', '1'),
      { op: 'del', key: 'k' },
      set('k', '2'),
      set('k', '3', { precondition: absent }),
    ]);
    expect(written).toMatchObject([
      { mutation: { value: '1' } },
      { existed: true },
      { mutation: { value: '2' } },
      expect.any(PreconditionFailedError),
    ]);
    expect((await journaled()).map(([, value]) => value)).toEqual(['1', undefined, '2']);
  });

  it('all are refused where the newest is', async () => {
    await cache.writeMany(['a', 'b', 'c', 'd'].map((key) => set(key, 'v')));
    expect(await cache.writeMany([set('k', '1'), set('k', '2')])).toEqual([
      expect.any(JournalFullError),
      expect.any(JournalFullError),
    ]);
  });

  it('versions are new also where the journal is ahead of the clock of its slot', async () => {
    const { version } = await cache.set({ key: 'a', value: 'v' });
    const ahead = version + 3_600_000_000;
    await world.redis.xadd(keys.journal(0), `${ahead}-0`, 'op', 'set', 'key', 'a', 'value', 'v');
    await cache
      .writeMany([set('k', '1'), set('k', '2'), set('k', '3')])
      .then((written) => expect(versionsOf(written)).toEqual([ahead + 1, ahead + 2, ahead + 3]));
  });

  it('a version of one that was not made is refused as a condition: another is there', async () => {
    const [one, two] = await Promise.all(['1', '2'].map((value) => cache.set({ key: 'k', value })));
    const ifVersion = (version = 0) => ({ is: 'match' as const, versions: [version] });
    await expect(cache.set({ key: 'k', value: '3', precondition: ifVersion(one?.version) })).rejects.toThrow(
      PreconditionFailedError,
    );
    expect(await cache.set({ key: 'k', value: '3', precondition: ifVersion(two?.version) })).toMatchObject({
      value: '3',
    });
  });
});
