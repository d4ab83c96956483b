import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JournalFullError, NumberRefusedError, ValueTooLongError } from '../errors.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { CacheKeys } from './keys.js';
import type { ExpiryRule } from './write-inputs.js';

const MOST_BYTES = 1000;
const JOURNAL_BOUND = 200;
let world: RealWorld;
let keys: CacheKeys;
/** A plain key: what Redis itself makes of the same. */
let plain: string;
beforeAll(async () => {
  world = await realWorld(1, {
    MAX_VALUE_BYTES: String(MOST_BYTES),
    JOURNAL_MAX_ENTRIES_PER_SLOT: String(JOURNAL_BOUND),
  });
  keys = new CacheKeys(world.settings.namespace, 1);
  plain = `${world.settings.namespace}:plain`;
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const journaled = () => world.journal.overdue(0, Number.MAX_SAFE_INTEGER / 1000, 1000);
/** Everything that the scripts could change in a slot. */
const slotState = async (key = 'a') => ({
  pair: await world.redis.hgetall(keys.pair(0, key)),
  expiry: await world.redis.pexpiretime(keys.pair(0, key)),
  clock: await world.redis.get(keys.clock(0)),
  journal: await world.redis.xrange(keys.journal(0), '-', '+'),
});
const held = async (key = 'a') => {
  const [pair] = (await world.cache.look([key])).pairs;
  return pair && { value: pair.value, expireAt: pair.expireAt };
};
/** What the newest journal entry says of its key. */
const newest = async () => {
  const { op, value, expireAt, version } = (await journaled()).at(-1) ?? {};
  return { op, value, expireAt, version };
};
const inAnHour = () => Date.now() + 3_600_000;

describe('a set with a rule', () => {
  it('is made only where there is a pair, or none, and tells what was there', async () => {
    expect(await world.cache.setIf({ key: 'a', value: '1', onlyIf: 'present' })).toEqual({
      mutation: undefined,
      old: undefined,
    });
    expect(await journaled()).toEqual([]);
    const first = await world.cache.setIf({ key: 'a', value: '1', onlyIf: 'absent', returnOld: true });
    expect(first).toMatchObject({ mutation: { op: 'set', value: '1' }, old: undefined });
    const before = await slotState();
    expect(await world.cache.setIf({ key: 'a', value: '2', onlyIf: 'absent', returnOld: true })).toEqual({
      mutation: undefined,
      old: '1',
    });
    expect(await slotState()).toEqual(before);
    const second = await world.cache.setIf({ key: 'a', value: '2', onlyIf: 'present', returnOld: true });
    expect(second).toMatchObject({ mutation: { value: '2' }, old: '1' });
    expect(await newest()).toMatchObject({ value: '2', version: second.mutation?.version });
  });

  it('that changes nothing is answered also where the journal is full', async () => {
    await world.cache.set({ key: 'a', value: '1' });
    await Promise.all(
      Array.from({ length: JOURNAL_BOUND - 1 }, (_, at) => world.cache.set({ key: `b${at}`, value: '' })),
    );
    const set = { key: 'a', value: '2' };
    expect(await world.cache.setIf({ ...set, onlyIf: 'absent' })).toMatchObject({ mutation: undefined });
    await expect(world.cache.setIf({ ...set, onlyIf: 'present' })).rejects.toThrow(JournalFullError);
  });

  it('keeps the expiry where it is asked to, and only there', async () => {
    const { expireAt } = await world.cache.set({ key: 'a', value: '1', expireAt: inAnHour() });
    expect(await world.cache.set({ key: 'a', value: '2', keepExpiry: true })).toMatchObject({ expireAt });
    expect(await held()).toEqual({ value: '2', expireAt });
    expect(await newest()).toMatchObject({ value: '2', expireAt });
    await world.cache.set({ key: 'a', value: '3' });
    expect(await held()).toEqual({ value: '3', expireAt: undefined });
  });

  it('expires to the millisecond', async () => {
    const before = await world.journal.now(0);
    const { expireAt = 0, ttlSec } = await world.cache.set({ key: 'a', value: '1', ttlMs: 1234 });
    expect(ttlSec).toBe(1.234);
    expect(expireAt - before).toBeGreaterThanOrEqual(1234);
    expect(expireAt).toBeLessThanOrEqual((await world.journal.now(0)) + 1234);
    expect(await newest()).toMatchObject({ expireAt });
  });
});

describe('pairs that are set together', () => {
  const both = {
    pairs: [
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ],
    sessionId: 's',
  };

  it('are all set, each with its version and journal entry, where there is none of them', async () => {
    const [{ mutations }, after] = await Promise.all([
      world.cache.setAllIfAbsent(both),
      world.cache.set({ key: 'c', value: '3' }),
    ]);
    expect(mutations).toMatchObject([
      { key: 'a', value: '1', op: 'set', sessionId: 's' },
      { key: 'b', value: '2', op: 'set', sessionId: 's' },
    ]);
    const versions = [...mutations, after].map(({ version }) => version);
    expect((await journaled()).map(({ version }) => version)).toEqual(versions);
    expect((await world.cache.look(['a', 'b', 'c'])).pairs).toMatchObject(
      versions.map((version, at) => ({ value: String(at + 1), version })),
    );
  });

  it('are none of them set where there is one, or no room for all', async () => {
    await world.cache.set({ key: 'b', value: 'there' });
    const before = await slotState();
    expect(await world.cache.setAllIfAbsent(both)).toEqual({ mutations: [] });
    expect(await slotState()).toEqual(before);
    const pairs = Array.from({ length: JOURNAL_BOUND }, (_, at) => ({ key: `${at}`, value: '' }));
    await expect(world.cache.setAllIfAbsent({ pairs })).rejects.toThrow(JournalFullError);
    expect(await slotState()).toEqual(before);
    const { mutations } = await world.cache.setAllIfAbsent({ pairs: pairs.slice(1) });
    expect(mutations).toHaveLength(JOURNAL_BOUND - 1);
  });
});

it('what is read and deleted in one step is a delete, and nothing where there is no pair', async () => {
  expect(await world.cache.getAndDelete({ key: 'a' })).toEqual({ mutation: undefined, old: undefined });
  expect(await journaled()).toEqual([]);
  await world.cache.set({ key: 'a', value: '1', ttlSec: 60 });
  expect(await world.cache.getAndDelete({ key: 'a' })).toMatchObject({ mutation: { op: 'del' }, old: '1' });
  expect(await held()).toBeUndefined();
  expect(await newest()).toMatchObject({ op: 'del', value: undefined });
});

describe('an expiry with rules', () => {
  const FLAGS: Record<ExpiryRule, string> = { none: 'NX', some: 'XX', later: 'GT', earlier: 'LT' };
  const HOUR = 3_600_000;
  const rules = [[], ['none'], ['some'], ['later'], ['earlier'], ['some', 'earlier']] as ExpiryRule[][];
  const cases = rules.flatMap((onlyIf) =>
    [undefined, HOUR].flatMap((ttlMs) => [HOUR / 2, HOUR, 2 * HOUR, -1].map((ms) => ({ onlyIf, ttlMs, ms }))),
  );

  it.each(cases)('is what Redis makes of it: $onlyIf, of $ttlMs, to $ms', async ({ onlyIf, ttlMs, ms }) => {
    const now = await world.journal.now(0);
    const [expireAt, asked] = [ttlMs && now + ttlMs, now + ms];
    await world.redis.set(plain, 'v');
    if (expireAt) await world.redis.pexpireat(plain, expireAt);
    await world.cache.set({ key: 'a', value: 'v', expireAt });
    const changed = await world.redis.call('PEXPIREAT', plain, asked, ...onlyIf.map((rule) => FLAGS[rule]));
    const { mutation, old } = await world.cache.expireIf({ key: 'a', expireAt: asked, onlyIf });
    expect(old).toBe('v');
    expect(mutation === undefined).toBe(changed === 0);
    const there = (await world.redis.exists(plain)) === 1;
    expect(await held()).toEqual(
      there ? { value: 'v', expireAt: redisExpiry(await world.redis.pexpiretime(plain)) } : undefined,
    );
    if (mutation !== undefined) {
      expect(mutation.op).toBe(there ? 'set' : 'del');
      expect(mutation.expireAt).toBe(there ? asked : undefined);
      expect(await newest()).toMatchObject({ op: mutation.op, version: mutation.version });
    } else expect(await journaled()).toHaveLength(1);
  });
  const redisExpiry = (ms: number) => (ms > 0 ? ms : undefined);

  it('changes nothing without a pair', async () => {
    expect(await world.cache.expireIf({ key: 'a', ttlSec: 60 })).toEqual({
      mutation: undefined,
      old: undefined,
    });
    expect(await journaled()).toEqual([]);
  });

  it('ends an expiry only where there is one', async () => {
    await world.cache.set({ key: 'a', value: 'v', ttlSec: 60 });
    const persist = () => world.cache.expireIf({ key: 'a', onlyIf: ['some'] });
    expect(await persist()).toMatchObject({ mutation: { op: 'set', expireAt: undefined }, old: 'v' });
    expect(await persist()).toEqual({ mutation: undefined, old: 'v' });
    expect(await held()).toEqual({ value: 'v', expireAt: undefined });
  });
});

describe('a number', () => {
  const word = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    fc.integer().map(String),
    fc.constantFrom('', ' 1', '1 ', '+1', '-0', '01', 'x', '9223372036854775808', '1.5', '1e3', 'nan', 'inf'),
    fc.double({ noNaN: true }).map(String),
  );
  const settled = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

  it('of 64 bits is added to as Redis adds to it', async () => {
    const by = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    await fc.assert(
      fc.asyncProperty(fc.option(word, { nil: undefined }), by, async (value, by) => {
        await world.clear();
        await world.redis.del(plain);
        if (value !== undefined) {
          await world.redis.set(plain, value);
          await world.cache.set({ key: 'a', value, ttlSec: 60 });
        }
        const before = await slotState();
        const theirs = await settled(world.redis.incrby(plain, String(by)));
        const ours = await settled(world.cache.increment({ key: 'a', by, range: 'int64' }));
        if (theirs instanceof Error) {
          expect(ours).toBeInstanceOf(NumberRefusedError);
          expect((ours as NumberRefusedError).fault).toBe(
            theirs.message.includes('overflow') ? 'sum' : 'value',
          );
          expect(await slotState()).toEqual(before);
        } else {
          const sum = (await world.redis.get(plain)) ?? '';
          expect(ours).toMatchObject({ sum: BigInt(sum), mutation: { op: 'set', value: sum } });
          expect(await held()).toMatchObject({ value: sum });
          expect((await held())?.expireAt !== undefined).toBe(value !== undefined);
        }
        expect(await world.redis.exists(keys.scratch(0))).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('with a fraction is added to as Redis adds to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.option(word, { nil: undefined }), word, async (value, by) => {
        await world.clear();
        await world.redis.del(plain);
        if (value !== undefined) {
          await world.redis.set(plain, value);
          await world.cache.set({ key: 'a', value });
        }
        const before = await slotState();
        const theirs = await settled(world.redis.incrbyfloat(plain, by));
        const ours = await settled(world.cache.incrementFloat({ key: 'a', by }));
        if (theirs instanceof Error) {
          expect(ours).toBeInstanceOf(NumberRefusedError);
          expect(await slotState()).toEqual(before);
        } else {
          expect(ours).toMatchObject({ sum: theirs, mutation: { value: theirs } });
          expect(await held()).toMatchObject({ value: theirs });
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is of the safe integers unless more is asked for', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    await world.cache.increment({ key: 'a', by: most });
    await expect(world.cache.increment({ key: 'a', by: 1 })).rejects.toMatchObject({
      range: 'safe',
      fault: 'sum',
    });
    expect(await world.cache.increment({ key: 'a', by: 1, range: 'int64' })).toMatchObject({
      sum: BigInt(most) + 1n,
    });
    await expect(world.cache.increment({ key: 'a', by: -1 })).rejects.toMatchObject({ fault: 'value' });
  });

  it('keeps its type, and bytes in Base64 are none', async () => {
    await world.cache.set({ key: 'a', value: '\0data:text/plain,41' });
    expect(await world.cache.increment({ key: 'a', by: 1 })).toMatchObject({
      sum: 42n,
      mutation: { value: '\0data:text/plain,42' },
    });
    await world.cache.set({ key: 'a', value: '\0data:text/plain;base64,NDE=' });
    await expect(world.cache.increment({ key: 'a', by: 1 })).rejects.toMatchObject({ fault: 'value' });
  });
});

describe('what is appended', () => {
  it('makes a pair, keeps the expiry, and is journaled whole', async () => {
    await world.cache.append({ key: 'a', bytes: Buffer.from('') });
    expect(await held()).toEqual({ value: '', expireAt: undefined });
    const { expireAt } = await world.cache.set({ key: 'a', value: 'ab', ttlSec: 60 });
    expect(await world.cache.append({ key: 'a', bytes: Buffer.from('cé') })).toMatchObject({
      op: 'set',
      value: 'abcé',
      expireAt,
    });
    expect(await held()).toEqual({ value: 'abcé', expireAt });
    expect(await newest()).toMatchObject({ value: 'abcé', expireAt });
  });

  it('is refused, with nothing changed, where the whole would be too long as it is kept', async () => {
    await world.cache.set({ key: 'a', value: 'v'.repeat(MOST_BYTES - 1) });
    await world.cache.append({ key: 'a', bytes: Buffer.from('v') });
    const before = await slotState();
    await expect(world.cache.append({ key: 'a', bytes: Buffer.from('v') })).rejects.toThrow(
      ValueTooLongError,
    );
    expect(await slotState()).toEqual(before);
  });
});
