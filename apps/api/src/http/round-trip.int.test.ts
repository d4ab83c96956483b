import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anyText } from '../testing/any-text.js';
import { FAST_WAY, type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { type KeyPage, scanKeys } from '../testing/scan-keys.js';

/** Small, so that random texts often reach the limits. */
const LIMITS = { MAX_KEY_BYTES: '48', MAX_VALUE_BYTES: '200' };
/** Every write goes the fast way, however slow the machine is. */
const RUNS = 150;
/** Many requests in a row, on a machine that may be busy, in milliseconds. */
const TIMEOUT_MS = 120_000;

let api: InProcessApi;
let address: string;
beforeAll(async () => {
  api = await startInProcessApi({ ...LIMITS, ...FAST_WAY });
  address = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => api.stop());

/** A key as one segment of a path; a path can't hold the two that clients resolve. */
const key = anyText(1, Number(LIMITS.MAX_KEY_BYTES)).filter((text) => text !== '.' && text !== '..');
const value = anyText(0, Number(LIMITS.MAX_VALUE_BYTES));

async function request(method: string, path: string, body?: object) {
  const response = await fetch(`${address}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer;
}

it(
  'any key and value within the limits come back byte for byte, and are in the shadow',
  async () => {
    await fc.assert(
      fc.asyncProperty(key, value, async (key, value) => {
        const path = encodeURIComponent(key);
        const { version, method } = await request('PUT', `/kv/${path}`, { value });
        expect(method).toBe('ASYNC_THREAD');
        expect(await request('GET', `/kv/${path}`)).toEqual({ found: true, key, value, version });
        const { pairs } = await request('POST', '/kv/mget', { keys: [key] });
        expect(pairs).toMatchObject([{ key, value }]);
        expect(await request('GET', `/ttl/${path}`)).toMatchObject({ found: true, key });
        expect(await api.pod.stores.shadows.find(key)).toMatchObject({ _id: key, lastValue: value });
        expect(await request('GET', `/sync/keys/${path}?version=${version}`)).toMatchObject({
          reached: true,
        });
        const found = await scanKeys(async (cursor) => {
          const page = await request('GET', `/kv?limit=1000&cursor=${cursor}&prefix=${path}`);
          return page as unknown as KeyPage;
        });
        expect(found).toContain(key);
        expect(await request('DELETE', `/kv/${path}`)).toMatchObject({ existed: true });
      }),
      { numRuns: RUNS },
    );
  },
  TIMEOUT_MS,
);

it.each(['.', '..'])('the key %j, which no path can hold, goes by the bodies of the others', async (key) => {
  const { version } = await request('POST', '/sync/manual', { key, value: 'v' });
  const { pairs } = await request('POST', '/kv/mget', { keys: [key] });
  expect(pairs).toEqual([{ found: true, key, value: 'v', version }]);
  expect(await request('POST', '/sync/delete', { key })).toMatchObject({ existed: true });
});

it.each([
  ['what JSON writes as six bytes', '\u0001'],
  ['characters of four bytes', '\u{1F511}'],
])('the largest key and value come back: %s', async (_, unit) => {
  const key = unit.repeat(Number(LIMITS.MAX_KEY_BYTES) / Buffer.byteLength(unit));
  const value = unit.repeat(Number(LIMITS.MAX_VALUE_BYTES) / Buffer.byteLength(unit));
  await request('PUT', `/kv/${encodeURIComponent(key)}`, { value });
  expect(await request('GET', `/kv/${encodeURIComponent(key)}`)).toMatchObject({ key, value });
});
