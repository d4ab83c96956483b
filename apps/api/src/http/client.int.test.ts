import { HybridSyncClient, type Pair } from '@hybrid-sync/client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyText } from '../testing/any-text.js';
import { FAST_WAY, type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
let client: HybridSyncClient;
beforeAll(async () => {
  api = await startInProcessApi(FAST_WAY);
  const url = await api.app.listen({ port: 0, host: '127.0.0.1' });
  client = new HybridSyncClient({ url });
});
afterAll(() => api.stop());

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('the client against a real api', () => {
  it('writes, reads, counts, gives expiries and deletes', async () => {
    const written = await client.set('a', 'v', { ttlSec: 60, contentType: 'text/plain' });
    expect(written).toMatchObject({ key: 'a', method: 'ASYNC_THREAD', expireAt: expect.any(String) });
    const { version, expireAt } = written;
    expect(await client.get('a')).toEqual({
      key: 'a',
      value: 'v',
      version,
      expireAt,
      contentType: 'text/plain',
    });
    expect(await client.waitFor('a', version)).toBe(true);
    expect(await client.waitFor('a', version + 1e9, { withinMs: 10 })).toBe(false);
    expect(await client.expire('a', { persist: true })).not.toHaveProperty('expireAt');
    expect(await client.ttl('a')).toMatchObject({ found: true, ttlSec: null });
    expect(await client.increment('n', 5)).toMatchObject({ key: 'n', sum: 5 });
    expect(await client.increment('n')).toMatchObject({ sum: 6 });
    expect(await client.delete('a')).toMatchObject({ key: 'a', existed: true });
    expect(await client.get('a')).toBeUndefined();
    expect(await client.delete('a')).toMatchObject({ existed: false });
  });

  it('writes under conditions, which are met or not', async () => {
    const { version } = await client.set('c', '1', { ifAbsent: true });
    await expect(client.set('c', '2', { ifAbsent: true })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      field: 'ifAbsent',
      version,
    });
    await client.set('c', '2', { ifVersion: version });
    await expect(client.delete('c', { ifVersion: version })).rejects.toMatchObject({ field: 'ifVersion' });
    await expect(client.expire('none', { ttlSec: 5 })).rejects.toMatchObject({ version: null });
  });

  it('reads and lists many, and writes many', async () => {
    const keys = Array.from({ length: 250 }, (_, n) => `many:${n}`);
    const { done } = await client.batch(keys.map((key) => ({ op: 'set', key, value: key })));
    expect(done).toBe(250);
    expect((await client.mget([...keys, 'none'])).map((pair) => pair?.value)).toEqual([...keys, undefined]);
    expect(new Set(await all(client.scan('many:')))).toEqual(new Set(keys));
    const pairs: Pair[] = await all(client.scanPairs('many:'));
    expect(new Map(pairs.map(({ key, value }) => [key, value]))).toEqual(
      new Map(keys.map((key) => [key, key])),
    );
  });

  it('sends the writes of one turn together, in the order of each key', async () => {
    const gathering = new HybridSyncClient({ url: api.app.listeningOrigin, batchWrites: true });
    const ends = await Promise.allSettled([
      gathering.set('t', '1'),
      gathering.set('t', '2'),
      gathering.set('t', '3', { ifAbsent: true }),
      gathering.delete('u'),
    ]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(ends[2]).toMatchObject({
      reason: { code: 'PRECONDITION_FAILED', name: 'PreconditionFailedError' },
    });
    expect(await client.get('t')).toMatchObject({ value: '2' });
  });

  it('has errors by their class, code and field', async () => {
    await expect(client.set('', 'v')).rejects.toMatchObject({ code: 'INVALID_INPUT', field: 'key' });
    await client.set('text', 'abc');
    await expect(client.increment('text')).rejects.toMatchObject({ name: 'InvalidInputError' });
    await expect(client.call('hybrid_sync_manual', { key: 'none' })).rejects.toMatchObject({
      code: 'NOT_CACHED',
      shadow: { state: 'none' },
    });
    await expect(
      client.call('hybrid_sync_settings_set', { settings: { 'app.sync.mode': 'hybrid' }, ifRevision: 9 }),
    ).rejects.toMatchObject({ code: 'REVISION_CONFLICT', revision: 0 });
  });

  it.each(['.', '..', '/', '../a', '%2e%2e', 'a?b#c', '*', 'batch'])('takes the key %j', async (key) => {
    const { version } = await client.set(key, 'v');
    expect(await client.get(key)).toEqual({ key, value: 'v', version });
    expect(await client.ttl(key)).toMatchObject({ found: true, key });
    expect(await client.waitFor(key, version)).toBe(true);
    expect(await client.delete(key, { ifVersion: version })).toMatchObject({ existed: true });
  });

  it('takes any text', async () => {
    const key = anyText(1, 1024);
    await fc.assert(
      fc.asyncProperty(key, anyText(0, 2000), async (name, value) => {
        await client.set(name, value);
        expect(await client.get(name)).toMatchObject({ key: name, value });
      }),
      { numRuns: 50 },
    );
  });

  it('calls every other tool by its contract', async () => {
    const { timestamp } = await client.call('hybrid_sync_stats', {});
    expect(Date.parse(timestamp)).toBeGreaterThan(0);
    expect(await client.call('verify_cache_sync', { prefix: 'none:' })).toMatchObject({ complete: true });
  });
});
