import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAST_WAY, type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { type KeyPage, scanKeys } from '../testing/scan-keys.js';

interface Page extends KeyPage {
  readonly pairs?: readonly { readonly key: string }[];
}

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi(FAST_WAY);
});
afterAll(() => api.stop());

const shadowOf = (key: string) => api.pod.stores.shadows.find(key);

describe('writing tools', () => {
  it('say ASYNC_THREAD when the shadow has the version', async () => {
    const answer = await api.call('kv_set', { key: 'a', value: 'one', sessionId: 's1', interactionId: 'i1' });
    expect(answer).toMatchObject({ success: true, method: 'ASYNC_THREAD', key: 'a' });
    expect(await shadowOf('a')).toMatchObject({
      lastValue: 'one',
      version: answer.version,
      sessionId: 's1',
      interactionId: 'i1',
      metadata: { syncMethod: 'ASYNC_THREAD' },
    });
  });

  it('take an absent, a null and a zero ttl as none, and clear an earlier one', async () => {
    for (const ttl of [{}, { ttlSec: null }, { ttlSec: 0 }]) {
      expect(await api.call('kv_set', { key: 'ttl', value: 'x', ttlSec: 300 })).toHaveProperty('expireAt');
      expect(await api.call('kv_set', { key: 'ttl', value: 'x', ...ttl })).not.toHaveProperty('expireAt');
      expect(await api.call('kv_ttl', { key: 'ttl' })).toEqual({ found: true, key: 'ttl', ttlSec: null });
      expect(await shadowOf('ttl')).not.toHaveProperty('expireAt');
    }
  });

  it('take a ttl of minus nothing as none', async () => {
    const { json } = await api.post(
      '{"method": "tools/call", "params": {"name": "kv_set", "arguments": {"key": "ttl", "value": "x", "ttlSec": -0}}}',
    );
    expect(json.result?.structuredContent).toMatchObject({ success: true });
    expect(json.result?.structuredContent).not.toHaveProperty('expireAt');
  });

  it('give cache and shadow the same expiry', async () => {
    const { expireAt } = await api.call('kv_set', { key: 'expiring', value: 'x', ttlSec: 300 });
    expect(await api.call('kv_ttl', { key: 'expiring' })).toMatchObject({ expireAt });
    expect((await shadowOf('expiring'))?.expireAt?.toISOString()).toBe(expireAt);
  });

  it('keep an empty value apart from no value', async () => {
    await api.call('kv_set', { key: 'empty', value: '' });
    expect(await api.call('kv_get', { key: 'empty' })).toMatchObject({ found: true, value: '' });
    expect(await shadowOf('empty')).toMatchObject({ lastValue: '' });
  });

  it.each(['kv_del', 'hybrid_sync_delete'])(
    '%s leaves a tombstone and says whether there was a pair',
    async (tool) => {
      await api.call('kv_set', { key: tool, value: 'x' });
      expect(await api.call(tool, { key: tool })).toMatchObject({ success: true, existed: true });
      expect(await api.call('kv_get', { key: tool })).toEqual({ found: false, key: tool });
      expect(await shadowOf(tool)).toMatchObject({ deleted: true, lastValue: null });
      expect(await api.call(tool, { key: tool })).toMatchObject({ success: true, existed: false });
    },
  );

  it.each(['hybrid_sync_manual', 'hybrid_sync_adaptive'])(
    '%s without a value syncs what the cache holds',
    async (tool) => {
      const set = await api.call('kv_set', { key: tool, value: 'kept', ttlSec: 300 });
      const synced = await api.call(tool, { key: tool, value: null });
      expect(synced.version).toBeGreaterThan(set.version as number);
      expect(synced.expireAt).toBe(set.expireAt);
      expect(await api.call('kv_get', { key: tool })).toMatchObject({
        value: 'kept',
        version: synced.version,
      });
      expect(await shadowOf(tool)).toMatchObject({ lastValue: 'kept', version: synced.version });
    },
  );

  it.each([
    ['hybrid_sync_manual', 'event-only', 'EVENT_BASED'],
    ['hybrid_sync_manual', 'adaptive', 'ASYNC_THREAD'],
    ['hybrid_sync_adaptive', 'event-only', 'EVENT_BASED'],
    ['hybrid_sync_adaptive', 'hybrid', 'ASYNC_THREAD'],
  ])('%s in mode %s, with a value and without, is %s', async (tool, mode, method) => {
    const key = `${tool} in ${mode}`;
    expect(await api.call(tool, { key, value: 'v', mode })).toMatchObject({ method });
    expect(await api.call(tool, { key, mode })).toMatchObject({ method });
  });

  it.each(['hybrid_sync_manual', 'hybrid_sync_adaptive'])(
    '%s refuses a mode that there is not',
    async (tool) => {
      const { json } = await api.post({
        method: 'tools/call',
        params: { name: tool, arguments: { key: 'k', mode: 'fast' } },
      });
      expect(JSON.parse(json.result?.content?.[0]?.text ?? '').error).toMatchObject({
        code: 'INVALID_INPUT',
        field: 'mode',
      });
    },
  );
});

describe('a condition of a write', () => {
  const refused = async (name: string, args: Record<string, unknown>) => {
    const { json } = await api.post({ method: 'tools/call', params: { name, arguments: args } });
    expect(json.result?.isError).toBe(true);
    return JSON.parse(json.result?.content?.[0]?.text ?? '').error;
  };

  it('ifAbsent sets a key once', async () => {
    const first = await api.call('kv_set', { key: 'once', value: 'first', ifAbsent: true });
    expect(await refused('kv_set', { key: 'once', value: 'second', ifAbsent: true })).toMatchObject({
      code: 'PRECONDITION_FAILED',
      version: first.version,
    });
    expect(await api.call('kv_get', { key: 'once' })).toMatchObject({ value: 'first' });
  });

  it('ifVersion sets and deletes the version that was read, and no other', async () => {
    const first = await api.call('kv_set', { key: 'cas', value: 'first' });
    const second = await api.call('kv_set', { key: 'cas', value: 'second', ifVersion: first.version });
    for (const [tool, rest] of [['kv_set', { value: 'third' }] as const, ['kv_del', {}] as const]) {
      const error = await refused(tool, { key: 'cas', ...rest, ifVersion: first.version });
      expect(error).toMatchObject({ code: 'PRECONDITION_FAILED', version: second.version });
    }
    expect(await api.call('kv_get', { key: 'cas' })).toMatchObject({ value: 'second' });
    await api.call('kv_del', { key: 'cas', ifVersion: second.version });
    expect(await refused('kv_del', { key: 'cas', ifVersion: second.version })).toMatchObject({
      version: null,
    });
  });

  it('that asks for nothing is none', async () => {
    const none = { ifVersion: null, ifAbsent: false };
    await api.call('kv_set', { key: 'none', value: '1' });
    await api.call('kv_set', { key: 'none', value: '2', ...none });
    expect(await api.call('kv_get', { key: 'none' })).toMatchObject({ found: true, value: '2' });
    await api.call('kv_del', { key: 'none', ifVersion: null });
    expect(await api.call('kv_get', { key: 'none' })).toMatchObject({ found: false });
  });

  it('can only be one', async () => {
    expect(await refused('kv_set', { key: 'k', value: 'v', ifVersion: 1, ifAbsent: true })).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'ifAbsent',
    });
  });
});

describe('reading tools', () => {
  it('kv_mget keeps the order and marks what is absent', async () => {
    await api.call('kv_set', { key: 'm1', value: '1' });
    await api.call('kv_set', { key: 'm2', value: '2' });
    const { pairs } = await api.call('kv_mget', { keys: ['m2', 'gone', 'm1'] });
    expect(pairs).toMatchObject([
      { key: 'm2', value: '2' },
      { key: 'gone', found: false },
      { key: 'm1', value: '1' },
    ]);
  });

  it('kv_mget refuses more values than a pod should hold at once, repeated keys counted each time', async () => {
    await api.call('kv_set', { key: 'large', value: 'v'.repeat(1024 * 1024) });
    const ask = (times: number) =>
      api.post({
        method: 'tools/call',
        params: { name: 'kv_mget', arguments: { keys: Array(times).fill('large') } },
      });
    expect((await ask(4)).json.result?.isError).toBeUndefined();
    const { json } = await ask(5);
    expect(json.result?.isError).toBe(true);
    expect(json.result?.content?.[0]?.text).toContain('keys: their values hold 5242880 bytes together');
  });

  it('kv_ttl of an absent key finds nothing', async () => {
    expect(await api.call('kv_ttl', { key: 'nowhere' })).toEqual({
      found: false,
      key: 'nowhere',
      ttlSec: null,
    });
  });

  it('kv_scan takes glob characters in a prefix as they are', async () => {
    const keys = ['glob*a', 'glob?b', 'glob[ab]c', 'globXa', 'glob\\d'];
    for (const key of keys) await api.call('kv_set', { key, value: 'x' });
    for (const prefix of ['glob*', 'glob?', 'glob[ab]', 'glob\\']) {
      expect((await scanAll(prefix)).sort(), prefix).toEqual(
        keys.filter((key) => key.startsWith(prefix)).sort(),
      );
    }
  });

  it('kv_scan with values answers the pairs, on smaller pages where they are large', async () => {
    await api.call('kv_set', { key: 'pair:0', value: '/w==', encoding: 'base64', contentType: 'image/png' });
    const { expireAt } = await api.call('kv_set', { key: 'pair:1', value: 'v', ttlSec: 60 });
    const pairs = new Map<string, { readonly key: string }>();
    await pagesOf({ prefix: 'pair:', values: true }, (page) => {
      expect(page.pairs?.map(({ key }) => key)).toEqual(page.keys);
      for (const pair of page.pairs ?? []) pairs.set(pair.key, pair);
    });
    expect([pairs.get('pair:0'), pairs.get('pair:1')]).toMatchObject([
      { key: 'pair:0', value: '/w==', encoding: 'base64', contentType: 'image/png' },
      { key: 'pair:1', value: 'v', expireAt },
    ]);
    expect(await api.call('kv_scan', { prefix: 'pair:', limit: 1000 })).not.toHaveProperty('pairs');
  });

  it('kv_set with expireAt expires at that moment, in cache and shadow, and has no second expiry', async () => {
    const expireAt = new Date(Date.now() + 3_600_123).toISOString();
    expect(await api.call('kv_set', { key: 'moment', value: 'v', expireAt })).toMatchObject({ expireAt });
    const left = await api.call('kv_ttl', { key: 'moment' });
    expect(left).toMatchObject({ expireAt });
    expect(left.ttlSec).toBeLessThanOrEqual(3601);
    expect(left.ttlSec).toBeGreaterThanOrEqual(Math.ceil((Date.parse(expireAt) - Date.now()) / 1000));
    expect((await api.pod.stores.cache.get('moment'))?.expireAt).toBe(Date.parse(expireAt));
    const both = await api.post({
      method: 'tools/call',
      params: { name: 'kv_set', arguments: { key: 'moment', value: 'v', ttlSec: 5, expireAt } },
    });
    expect(JSON.stringify(both.json)).toContain('beside ttlSec');
  });

  it('kv_scan finds every key over its pages', async () => {
    const keys = Array.from({ length: 250 }, (_, index) => `page:${index}`);
    await Promise.all(keys.map((key) => api.call('kv_set', { key, value: 'x' })));
    expect((await scanAll('page:')).sort()).toEqual(keys.sort());
  });

  it('keys and values come back as they were, whatever their characters', async () => {
    for (const text of [
      'with space/slash',
      'ключ',
      '\u{1F511}',
      '{slot}:kv:',
      'new\nline\0zero',
      '__proto__',
    ]) {
      await api.call('kv_set', { key: text, value: text });
      expect(await api.call('kv_get', { key: text })).toMatchObject({ key: text, value: text });
      expect(await shadowOf(text)).toMatchObject({ _id: text, lastValue: text });
    }
  });
});

const scanAll = (prefix: string): Promise<string[]> => pagesOf({ prefix, limit: 50 });

/** Every key of all pages; `onPage` is shown each of them. */
function pagesOf(args: object, onPage: (page: Page) => void = () => {}): Promise<string[]> {
  return scanKeys(async (cursor) => {
    const page = (await api.call('kv_scan', { ...args, cursor })) as unknown as Page;
    onPage(page);
    return page;
  });
}
