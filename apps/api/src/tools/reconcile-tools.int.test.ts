import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { toolRegistry } from './tool-registry.js';

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.stop());

const pairName = async (key: string) =>
  (await api.pod.stores.redis.at('any').keys(`${api.space.env.HYBRID_SYNC_NAMESPACE}:{*}:kv:${key}`))[0] ??
  '';
const lose = async (key: string) => api.pod.stores.redis.at('any').del(await pairName(key));
const synced = (key: string) =>
  expect.poll(async () => (await api.call('verify_key_sync', { key, waitMs: 2000 })).state).toBe('IN_SYNC');

beforeEach(async () => {
  for (const key of ['a', 'b', 'c']) {
    await api.call('kv_set', { key, value: `value of ${key}`, ttlSec: 600 });
    await synced(key);
  }
});

describe('a pair that the cache lost', () => {
  it('is found, planned, and brought back, one key at a time', async () => {
    await lose('a');
    expect(await api.call('verify_key_sync', { key: 'a' })).toMatchObject({
      state: 'DIFFERS',
      kind: 'cache-missing',
      cache: { found: false, ttlSec: null },
      shadow: { found: true, deleted: false },
    });
    expect(await api.call('get_cache_ttl_info', { key: 'a' })).toMatchObject({ agree: false });
    expect(await api.call('force_sync_repair', { key: 'a' })).toMatchObject({
      applied: false,
      plan: { toCache: 1, toShadow: 0 },
      done: { restored: 0 },
    });
    expect(await api.call('kv_get', { key: 'a' })).toMatchObject({ found: false });
    const mended = await api.call('force_sync_repair', { key: 'a', apply: true });
    expect(mended).toMatchObject({ applied: true, done: { restored: 1 } });
    expect(await api.call('kv_get', { key: 'a' })).toMatchObject({ found: true, value: 'value of a' });
    expect(await api.call('get_cache_ttl_info', { key: 'a' })).toMatchObject({ agree: true });
  });

  it('is found and brought back with all others, page by page, by whichever call', async () => {
    for (const key of ['a', 'b', 'c']) await lose(key);
    const verified = await api.call('verify_cache_sync', {});
    expect(verified).toMatchObject({ complete: true, cursor: null, health: 'ISSUES_DETECTED', differing: 3 });
    let cursor: unknown = null;
    let restored = 0;
    do {
      const part = await api.call('restore_cache', { cursor, budgetMs: 1 });
      cursor = part.cursor;
      restored += part.restored as number;
      if (cursor !== null) {
        const more = await api.call('restore_cache', { cursor });
        cursor = more.cursor;
        restored += more.restored as number;
      }
    } while (cursor !== null);
    expect(restored).toBe(3);
    expect(await api.call('verify_cache_sync', {})).toMatchObject({ health: 'HEALTHY', differing: 0 });
  });
});

it('a cursor that is none is refused by its name', async () => {
  await expect(api.call('verify_cache_sync', { cursor: 'nonsense' })).rejects.toThrow(/cursor: must be one/);
});

it.each(['verify_cache_sync', 'force_sync_repair', 'restore_cache'])(
  '%s ends, with a cursor, when its caller has gone',
  async (name) => {
    const gone = new AbortController();
    const tool = toolRegistry(api.pod).get(name);
    const task = tool?.call(
      { keysPerSecond: 0.001, budgetMs: 25_000 },
      { by: 'a caller', gone: () => gone.signal },
    );
    gone.abort();
    expect(await task).toMatchObject({ complete: false, cursor: expect.any(String) });
  },
);

it('over plain HTTP, too', async () => {
  const verify = await api.app.inject({ url: '/sync/verify?prefix=a', headers: { host: 'localhost' } });
  expect(verify.json()).toMatchObject({ complete: true, keys: 1, health: 'HEALTHY' });
  const repair = await api.app.inject({
    method: 'POST',
    url: '/sync/repair',
    headers: { host: 'localhost' },
    payload: { prefix: 'a' },
  });
  expect(repair.json()).toMatchObject({ applied: false, plan: { toShadow: 0, toCache: 0 } });
});
