import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../testing/http-request.js';
import { FAST_WAY, type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi(FAST_WAY);
});
afterAll(() => api.stop());

const shadowOf = (key: string) => api.pod.stores.shadows.find(key);
const patch = (key: string, body: object, headers = {}) =>
  send(api.app, { method: 'PATCH', url: `/kv/${key}`, body, headers });
const increment = (key: string, body: object, headers = {}) =>
  send(api.app, { method: 'POST', url: `/increment/${key}`, body, headers });

describe('an expiry', () => {
  it('changes without the value, in cache and shadow, under a new version', async () => {
    const { version } = await api.call('kv_set', { key: 'e', value: 'kept', ttlSec: 60 });
    const longer = await patch('e', { ttlSec: 600 });
    expect(longer).toMatchObject({ status: 200, body: { method: 'ASYNC_THREAD' } });
    expect(longer.body.version).toBeGreaterThan(Number(version));
    expect(await api.call('kv_get', { key: 'e' })).toMatchObject({
      value: 'kept',
      version: longer.body.version,
      expireAt: longer.body.expireAt,
    });
    expect((await shadowOf('e'))?.expireAt?.toISOString()).toBe(longer.body.expireAt);

    const expireAt = new Date(Date.now() + 3_600_123).toISOString();
    expect((await patch('e', { expireAt })).body).toMatchObject({ expireAt });
    expect((await shadowOf('e'))?.expireAt?.toISOString()).toBe(expireAt);

    expect((await patch('e', { persist: true })).body).not.toHaveProperty('expireAt');
    expect(await api.call('kv_ttl', { key: 'e' })).toMatchObject({ found: true, ttlSec: null });
    expect(await shadowOf('e')).toMatchObject({ lastValue: 'kept' });
    expect(await shadowOf('e')).not.toHaveProperty('expireAt');
  });

  it('of no pair, or of another version, is refused, and nothing is written', async () => {
    expect(await patch('none', { ttlSec: 60 })).toMatchObject({
      status: 412,
      body: { code: 'PRECONDITION_FAILED', version: null },
    });
    expect(await shadowOf('none')).toBeNull();
    const { version } = await api.call('kv_set', { key: 'e2', value: 'v' });
    expect((await patch('e2', { ttlSec: 60 }, { 'if-match': '"7"' })).body).toMatchObject({ version });
    expect((await patch('e2', { ttlSec: 60 }, { 'if-match': `"${version}"` })).status).toBe(200);
  });

  it.each([{}, { ttlSec: 0 }, { ttlSec: 60, persist: true }, { persist: false }])(
    'is asked for in one way: %j is refused',
    async (body) => {
      expect((await patch('e', body)).body).toMatchObject({ code: 'INVALID_INPUT', field: 'ttlSec' });
    },
  );
});

describe('a number', () => {
  it('is added to in one step, whoever else adds, and keeps its expiry', async () => {
    const { expireAt } = await api.call('kv_set', { key: 'n', value: '40', ttlSec: 600 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => increment('n', {})));
    const sums = answers.map(({ body }) => body.sum).sort((a, b) => a - b);
    expect(sums).toEqual(Array.from({ length: 50 }, (_, index) => 41 + index));
    expect((await increment('n', { by: -100 })).body).toMatchObject({ sum: -10, expireAt });
    expect(await api.call('kv_get', { key: 'n' })).toMatchObject({ value: '-10', expireAt });
    expect(await shadowOf('n')).toMatchObject({ lastValue: '-10', expireAt: new Date(String(expireAt)) });
  });

  it('begins at 0, and only over the version asked for', async () => {
    const { body } = await increment('fresh', { by: 3 });
    expect(body).toMatchObject({ sum: 3, method: 'ASYNC_THREAD' });
    expect(await shadowOf('fresh')).toMatchObject({ lastValue: '3', version: body.version });
    expect((await increment('fresh', {}, { 'if-match': '"7"' })).status).toBe(412);
    expect((await increment('fresh', {}, { 'if-match': `"${body.version}"` })).body.sum).toBe(4);
  });

  it.each(['', 'x', '1.5', ' 1', '007', '-0', '1e3', '0x10', 'nan', 'inf', '9007199254740992'])(
    'that %j is none of is refused, and the value stays',
    async (value) => {
      const { version } = await api.call('kv_set', { key: 'text', value });
      expect(await increment('text', {})).toMatchObject({
        status: 400,
        body: { code: 'INVALID_INPUT', field: 'key' },
      });
      expect(await api.call('kv_get', { key: 'text' })).toMatchObject({ value, version });
    },
  );

  it('stays within what JSON tells exactly', async () => {
    await api.call('kv_set', { key: 'large', value: '9007199254740990' });
    expect((await increment('large', {})).body).toMatchObject({ sum: Number.MAX_SAFE_INTEGER });
    expect((await increment('large', {})).body).toMatchObject({ code: 'INVALID_INPUT', field: 'by' });
    await api.call('kv_set', { key: 'large', value: '-9007199254740991' });
    expect((await increment('large', { by: -1 })).body).toMatchObject({ code: 'INVALID_INPUT', field: 'by' });
    expect((await increment('large', { by: 0.5 })).body).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'by',
    });
  });
});
