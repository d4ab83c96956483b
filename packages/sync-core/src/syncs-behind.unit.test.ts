import { describe, expect, it } from 'vitest';
import type { Brought } from './mutation.js';
import { SyncsBehind } from './syncs-behind.js';
import { type Deferred, deferred } from './testing/deferred.js';
import { aSet } from './testing/mutations.js';

const THROUGH: Brought = { method: 'ASYNC_THREAD' };
const AT_ONCE = 256;
const WAITING = 20_000;

/** Mutations under way, in the order in which they began; each ends when the test says so. */
function behindUnderTest() {
  const behind = new SyncsBehind();
  const begun: (Deferred<Brought> & { version: number })[] = [];
  const take = (version: number, value = 'v') =>
    behind.take(aSet('k', version, { value }), () => {
      const end = deferred<Brought>();
      begun.push({ ...end, version });
      return end.promise;
    });
  return { behind, begun, take };
}

describe('mutations behind their answers', () => {
  it('are so many under way at once; the others follow in their order', async () => {
    const { behind, begun, take } = behindUnderTest();
    const told = Array.from({ length: AT_ONCE + 2 }, (_, version) => take(version));
    await expect.poll(() => begun.length).toBe(AT_ONCE);
    expect(behind.size).toBe(AT_ONCE + 2);
    begun[5]?.resolve(THROUGH);
    expect(await told[5]).toEqual(THROUGH);
    await expect.poll(() => begun.length).toBe(AT_ONCE + 1);
    expect(begun.map(({ version }) => version)).toEqual(Array.from({ length: AT_ONCE + 1 }, (_, at) => at));
    for (const { resolve } of begun) resolve(THROUGH);
    await Promise.all(told.slice(0, AT_ONCE + 1));
    await expect.poll(() => begun.length).toBe(AT_ONCE + 2);
    begun.at(-1)?.resolve(THROUGH);
    await Promise.all(told);
    expect(behind.size).toBe(0);
  });

  it('are left to the journal where too many wait, or too many bytes', async () => {
    const { begun, take } = behindUnderTest();
    for (let version = 0; version < AT_ONCE; version++) void take(version);
    await expect.poll(() => begun.length).toBe(AT_ONCE);
    const large = 'v'.repeat(20 * 1024 * 1024);
    void take(AT_ONCE, large);
    void take(AT_ONCE, large);
    void take(AT_ONCE, large);
    const left = { method: 'JOURNALED', fallbackReason: 'QUEUE_FULL' };
    expect(await take(AT_ONCE + 1, large)).toEqual(left);
    for (let waiting = 3; waiting < WAITING; waiting++) void take(waiting);
    expect(await take(0)).toEqual(left);
    expect(begun).toHaveLength(AT_ONCE);
  });

  it('go together where they come one after the other, the first of them at once', async () => {
    const { begun, take } = behindUnderTest();
    const sizes: number[] = [];
    for (let version = 0; version < 200; version++) {
      void take(version);
      await new Promise((turn) => setImmediate(turn));
      if (begun.length > (sizes.at(-1) ?? 0)) sizes.push(begun.length);
    }
    await expect.poll(() => begun.length).toBe(200);
    expect(sizes.length).toBeLessThan(100);
  });

  it('are not kept where many wait', async () => {
    const { begun, take } = behindUnderTest();
    void take(0);
    await expect.poll(() => begun.length).toBe(1);
    for (let version = 1; version <= 512; version++) void take(version);
    await new Promise((turn) => setImmediate(turn));
    expect(begun).toHaveLength(AT_ONCE);
  });

  it('take one of any size where none is under way', async () => {
    const { begun, take } = behindUnderTest();
    void take(1, 'v'.repeat(80 * 1024 * 1024));
    await expect.poll(() => begun.length).toBe(1);
  });

  it('that wait are left to the journal at a stop as soon as one does not come through', async () => {
    const { behind, begun, take } = behindUnderTest();
    const told = Array.from({ length: AT_ONCE + 3 }, (_, version) => take(version));
    await expect.poll(() => begun.length).toBe(AT_ONCE);
    behind.beginStop();
    begun[0]?.resolve(THROUGH);
    await told[0];
    await expect.poll(() => begun.length).toBe(AT_ONCE + 1);
    begun[1]?.resolve({ method: 'JOURNALED', fallbackReason: 'TIMEOUT' });
    await told[1];
    const left = { method: 'JOURNALED', fallbackReason: 'QUEUE_FULL' };
    expect(await Promise.all(told.slice(-2))).toEqual([left, left]);
    expect(begun).toHaveLength(AT_ONCE + 1);
  });
});
