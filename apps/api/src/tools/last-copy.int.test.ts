import { ServiceLine } from '@hybrid-sync/services/line';
import { testSpace } from '@hybrid-sync/services/test-space';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
let mongodb: ServiceLine;
beforeEach(async () => {
  mongodb = await ServiceLine.to(testSpace().env.MONGODB_URL);
  await mongodb.open();
  api = await startInProcessApi({ MONGODB_URL: mongodb.url, MONGODB_TIMEOUT_MS: '500' });
});
afterEach(async () => {
  await api.stop();
  await mongodb.cut();
});

/** As an eviction does, or a Redis that lost data. */
async function lose(key: string): Promise<void> {
  const redis = api.pod.stores.redis.at('any');
  const [pair = ''] = await redis.keys(`${api.space.env.HYBRID_SYNC_NAMESPACE}:{*}:kv:${key}`);
  expect(await redis.del(pair)).toBe(1);
}

const shadowOf = (key: string) => api.pod.stores.shadows.find(key);
const refused = async (name: string, args: Record<string, unknown>) => {
  const { json } = await api.post({ method: 'tools/call', params: { name, arguments: args } });
  expect(json.result?.isError).toBe(true);
  return JSON.parse(json.result?.content?.[0]?.text ?? '').error;
};

describe.each([
  ['hybrid_sync_manual', '/sync/manual'],
  ['hybrid_sync_adaptive', '/sync/adaptive'],
])('%s without a value, of a key that the cache does not hold,', (tool, url) => {
  const overHttp = async (key: string) => {
    const answer = await api.app.inject({
      method: 'POST',
      url,
      headers: { host: 'localhost' },
      payload: { key },
    });
    return { status: answer.statusCode, problem: answer.json() };
  };

  it('changes nothing where the shadow is the last copy, which a restore then brings back', async () => {
    const { version } = await api.call('kv_set', { key: 'k', value: 'the last copy', ttlSec: 600 });
    await lose('k');
    const before = await shadowOf('k');
    const shadow = { state: 'live', version };
    const error = await refused(tool, { key: 'k' });
    expect(error).toMatchObject({ code: 'NOT_CACHED', shadow });
    expect(error.message).toMatch(/restore_cache.*hybrid_sync_delete/);
    expect(JSON.stringify(error)).not.toContain('the last copy');
    expect(await overHttp('k')).toMatchObject({ status: 409, problem: { code: 'NOT_CACHED', shadow } });
    expect(await shadowOf('k')).toEqual(before);
    expect(await api.pod.stores.journal.totalLength()).toBe(0);
    expect(await api.call('restore_cache')).toMatchObject({ restored: 1 });
    expect(await api.call('kv_get', { key: 'k' })).toMatchObject({ value: 'the last copy' });
  });

  it('says whether the shadow store knows of a delete, or nothing, and makes no shadow of it', async () => {
    await api.call('kv_set', { key: 'gone', value: 'v' });
    const { version } = await api.call('kv_del', { key: 'gone' });
    expect(await refused(tool, { key: 'gone' })).toMatchObject({ shadow: { state: 'deleted', version } });
    expect(await refused(tool, { key: 'mistyped' })).toMatchObject({
      code: 'NOT_CACHED',
      shadow: { state: 'none' },
    });
    expect(await shadowOf('mistyped')).toBeNull();
  });

  it('changes nothing either where the value is still on its way', async () => {
    await api.call('kv_set', { key: 'k', value: 'older' });
    await api.call('hybrid_sync_manual', { key: 'k', value: 'the last copy', mode: 'event-only' });
    await lose('k');
    await refused(tool, { key: 'k' });
    // A delete would be newer than the event, which would then change nothing.
    await expect.poll(() => api.pod.stores.journal.totalLength()).toBe(0);
    expect(await api.pod.stores.outbox.countUnprocessed(10)).toBe(1);
    expect(await shadowOf('k')).toMatchObject({ lastValue: 'older' });
  });

  it('is refused, and nothing guessed, while the shadow can not be looked at', async () => {
    await api.call('kv_set', { key: 'k', value: 'the last copy' });
    await lose('k');
    await mongodb.cut();
    expect(await refused(tool, { key: 'k' })).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await overHttp('k')).toMatchObject({ status: 503, problem: { code: 'STORE_UNAVAILABLE' } });
    expect(await api.pod.stores.journal.totalLength()).toBe(0);
  });
});
