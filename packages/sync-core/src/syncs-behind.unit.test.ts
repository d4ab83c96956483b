import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SyncMode } from './config/sync-mode.js';
import type { Brought } from './mutation.js';
import { SyncsBehind } from './syncs-behind.js';
import { type Deferred, deferred } from './testing/deferred.js';
import { aSet } from './testing/mutations.js';

const THROUGH: Brought = { method: 'ASYNC_THREAD' };
const LEFT: Brought = { method: 'JOURNALED', fallbackReason: 'QUEUE_FULL' };
const AT_ONCE = 256;
const WAITING = 20_000;
const GATHER_MS = 100;
const LATE_MS = 400;

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Mutations under way, in the order in which they began; each ends when the test says so. */
function behindUnderTest() {
  const begun: (Deferred<Brought> & { key: string; version: number; mode: SyncMode | undefined })[] = [];
  const behind = new SyncsBehind((all, told) => {
    for (const [place, { mutation, mode }] of all.entries()) {
      const end = deferred<Brought>();
      begun.push({ ...end, key: mutation.key, version: mutation.version, mode });
      void end.promise.then((brought) => told(place, brought));
    }
  });
  const take = (key: string | number, version = 1, value = 'v', mode?: SyncMode) =>
    new Promise<Brought>((tell) =>
      behind.take(aSet(String(key), version, { value }), mode, (_, brought) => tell(brought)),
    );
  const takeMany = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => take(from + at));
  /** Ends what is under way, as many at most. */
  const endSome = async (count: number) => {
    for (const { resolve } of begun.splice(0, count)) resolve(THROUGH);
    await pass(1);
  };
  return { behind, begun, take, takeMany, endSome };
}

describe('mutations behind their answers', () => {
  it('are so many under way at once; the others follow in their order, not one by one', async () => {
    const { behind, begun, takeMany, endSome } = behindUnderTest();
    const told = takeMany(0, AT_ONCE + 200);
    await pass(LATE_MS);
    expect(begun.map(({ key }) => key)).toEqual(Array.from({ length: AT_ONCE }, (_, at) => String(at)));
    expect(behind.size).toBe(AT_ONCE + 200);
    await endSome(AT_ONCE / 2 - 1);
    expect(begun).toHaveLength(AT_ONCE / 2 + 1);
    expect(await told[0]).toEqual(THROUGH);
    await endSome(1);
    expect(begun).toHaveLength(AT_ONCE);
    await endSome(AT_ONCE);
    await endSome(AT_ONCE);
    await Promise.all(told);
    expect(behind.size).toBe(0);
  });

  it('go together where they come one after the other, the first of them at once', async () => {
    const { begun, take } = behindUnderTest();
    void take('first');
    await pass(1);
    expect(begun).toHaveLength(1);
    for (let ms = 0; ms < GATHER_MS - 2; ms++) {
      void take(ms);
      await pass(1);
    }
    expect(begun).toHaveLength(1);
    await pass(2);
    expect(begun).toHaveLength(GATHER_MS - 1);
  });

  it('wait for no round to come once they have waited for long', async () => {
    const { begun, takeMany, endSome } = behindUnderTest();
    void takeMany(0, 10 * AT_ONCE);
    await pass(1);
    await endSome(AT_ONCE);
    expect(begun).toHaveLength(0);
    await pass(GATHER_MS);
    expect(begun).toHaveLength(AT_ONCE);
    await pass(LATE_MS);
    for (let round = 2; round < 10; round++) {
      await endSome(AT_ONCE);
      expect(begun).toHaveLength(AT_ONCE);
    }
  });

  it('are left to the journal where too many wait, or too many bytes', async () => {
    const { begun, take, takeMany } = behindUnderTest();
    void takeMany(0, AT_ONCE);
    await pass(1);
    const large = 'v'.repeat(20 * 1024 * 1024);
    for (const key of ['a', 'b', 'c']) void take(key, 1, large);
    expect(await take('d', 1, large)).toEqual(LEFT);
    void takeMany(AT_ONCE, AT_ONCE + WAITING - 3);
    expect(await take('one more')).toEqual(LEFT);
    expect(begun).toHaveLength(AT_ONCE);
  });

  it('take one of any size where none is under way', async () => {
    const { begun, take } = behindUnderTest();
    void take('k', 1, 'v'.repeat(80 * 1024 * 1024));
    await pass(1);
    expect(begun).toHaveLength(1);
  });

  it('that wait are left to the journal at a stop as soon as one does not come through', async () => {
    const { behind, begun, takeMany, endSome } = behindUnderTest();
    const told = takeMany(0, 2 * AT_ONCE);
    await pass(1);
    behind.beginStop();
    await endSome(AT_ONCE / 2);
    expect(begun).toHaveLength(AT_ONCE);
    begun[0]?.resolve({ method: 'JOURNALED', fallbackReason: 'TIMEOUT' });
    await pass(1);
    expect(await Promise.all(told.slice(-AT_ONCE / 2))).toEqual(Array(AT_ONCE / 2).fill(LEFT));
    expect(begun).toHaveLength(AT_ONCE);
  });
});

describe('writes of one key that wait together', () => {
  it('are brought as the newest of them, in the place of the first; all are told', async () => {
    const { behind, begun, take, endSome } = behindUnderTest();
    void take('under way');
    await pass(1);
    const told = [take('a', 1), take('b', 2), take('a', 4, 'v', 'event-only'), take('a', 3)];
    expect(behind.size).toBe(5);
    await pass(GATHER_MS);
    expect(begun.slice(1)).toMatchObject([
      { key: 'a', version: 4, mode: 'event-only' },
      { key: 'b', version: 2 },
    ]);
    await endSome(3);
    expect(await Promise.all(told)).toEqual(Array(4).fill(THROUGH));
    expect(behind.size).toBe(0);
  });

  it('are not brought by one that is under way: it is older', async () => {
    const { begun, take } = behindUnderTest();
    void take('a', 1);
    await pass(1);
    void take('a', 2);
    await pass(GATHER_MS);
    expect(begun).toMatchObject([{ version: 1 }, { version: 2 }]);
  });

  it('take the room of one, and a little for each, until they are told', async () => {
    const { begun, take, endSome } = behindUnderTest();
    void take('under way');
    await pass(1);
    const large = 'v'.repeat(40 * 1024 * 1024);
    const told = [1, 2, 3].map((version) => take('a', version, large));
    expect(await take('b', 1, large)).toEqual(LEFT);
    await pass(GATHER_MS);
    await endSome(2);
    expect(await Promise.all(told)).toEqual(Array(3).fill(THROUGH));
    void take('b', 2, large);
    await pass(GATHER_MS);
    expect(begun).toMatchObject([{ key: 'b', version: 2 }]);
  });
});
