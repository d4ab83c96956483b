import type { SyncAnswer } from '@hybrid-sync/sync-core';
import { expect, it } from 'vitest';
import { OwnWrites } from './own-writes.js';

const answer = (key: string, version: number, more: Partial<SyncAnswer> = {}): SyncAnswer => ({
  key,
  op: 'set',
  version,
  method: 'JOURNALED',
  ...more,
});

it('remembers of each key the newest write that its shadow may lack', () => {
  const writes = new OwnWrites();
  expect([writes.method, writes.open]).toEqual([undefined, []]);
  writes.note(answer('a', 1));
  writes.note(answer('b', 2, { method: 'EVENT_BASED' }));
  writes.note(answer('a', 3));
  expect(writes.open).toEqual([
    { key: 'b', version: 2 },
    { key: 'a', version: 3 },
  ]);
  writes.reached('a', 1);
  writes.reached('b', 2);
  expect(writes.open).toEqual([{ key: 'a', version: 3 }]);
});

it('tells how far the last one got once that is known, and no earlier one', async () => {
  const writes = new OwnWrites();
  const early = Promise.resolve({ method: 'EVENT_BASED' as const });
  const late = Promise.resolve({ method: 'ASYNC_THREAD' as const });
  writes.note(answer('a', 1, { synced: early }));
  writes.note(answer('b', 2, { synced: late }));
  expect(writes.method).toBe('JOURNALED');
  await Promise.all([early, late]);
  expect(writes.method).toBe('ASYNC_THREAD');
  expect(writes.open).toEqual([{ key: 'a', version: 1 }]);
});

it('says that it does not know, where there were too many', () => {
  const writes = new OwnWrites();
  for (let version = 1; version <= 10_001; version++) writes.note(answer(`k${version}`, version));
  expect(writes.open).toBeUndefined();
  writes.forget();
  expect([writes.method, writes.open]).toEqual([undefined, []]);
});

it('knows again once those that made room are synced, and not before', async () => {
  const writes = new OwnWrites();
  const synced = Promise.resolve({ method: 'ASYNC_THREAD' as const });
  for (let version = 1; version <= 10_002; version++) {
    writes.note(answer(`k${version}`, version, version <= 2 ? { synced } : {}));
  }
  expect(writes.open).toBeUndefined();
  await synced;
  expect(writes.open).toHaveLength(10_000);
});

it('what made room before it began anew counts no more', async () => {
  const writes = new OwnWrites();
  const synced = Promise.resolve({ method: 'ASYNC_THREAD' as const });
  const fill = (from: number, more: Partial<SyncAnswer>) => {
    for (let version = from; version <= from + 10_000; version++) {
      writes.note(answer(`k${version}`, version, version === from ? more : {}));
    }
  };
  fill(1, { synced });
  writes.forget();
  fill(20_000, {});
  await synced;
  expect(writes.open).toBeUndefined();
});

it('keeps no more of long keys than of many', () => {
  const writes = new OwnWrites();
  for (let version = 1; version <= 200; version++) writes.note(answer(`${version}`.padEnd(8192), version));
  expect(writes.open).toBeUndefined();
});
