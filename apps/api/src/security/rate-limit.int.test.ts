import { createToken } from '@hybrid-sync/access-tokens';
import { ServiceLine } from '@hybrid-sync/services/line';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { send } from '../testing/http-request.js';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const LIMIT = 3;
const tokens = (role: 'admin' | 'read', count: number) =>
  Array.from({ length: count }, (_, n) => ({
    name: `${role}-${n}`,
    ...createToken({ name: `${role}-${n}`, role }),
  }));
const ADMINS = tokens('admin', 50);
const READERS = tokens('read', 10);
/** For finding out whether requests are counted yet. */
const SCOUT = createToken({ name: 'scout', role: 'read' });
const TOKENS = { API_TOKENS: [...ADMINS, ...READERS, SCOUT].map(({ entry }) => entry).join(' ') };
const LIMITED = { ...TOKENS, RATE_LIMIT_PER_MINUTE: String(LIMIT) };

const owned: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of owned.splice(0).reverse()) await end();
});

/** Most tests share an api: each asks with tokens, and from an address, that no other one has. */
let shared: InProcessApi;
beforeAll(async () => {
  shared = await startCounting(LIMITED);
});
afterAll(() => shared.stop());
const taken = { admins: 0, readers: 0, addresses: 0 };
const admin = () => ADMINS[taken.admins++] ?? expect.fail('there are no more tokens');
const reader = () => READERS[taken.readers++] ?? expect.fail('there are no more tokens');
const address = () => `10.1.0.${++taken.addresses}`;

async function start(env: Record<string, string>): Promise<InProcessApi> {
  const api = await startCounting(env);
  owned.push(() => api.stop());
  return api;
}

async function startCounting(env: Record<string, string>): Promise<InProcessApi> {
  const api = await startInProcessApi(env);
  // What comes before the connection to Redis is up goes through without being counted.
  if (env.RATE_LIMIT_PER_MINUTE === String(LIMIT)) {
    await vi.waitUntil(async () => (await get(api, SCOUT)).status === 429, { timeout: 20_000 });
  }
  return api;
}

const get = (api: InProcessApi, { token }: { token: string }, url = '/sync/settings') =>
  send(api.app, { url, headers: { authorization: `Bearer ${token}` } });
const statuses = async (times: number, ask: () => Promise<{ status: number }>) => {
  const seen: number[] = [];
  for (let time = 0; time < times; time++) seen.push((await ask()).status);
  return seen;
};

// On a busy machine a count may take longer than a request waits for it, and the request goes through uncounted.
describe('a rate limit', { retry: 2 }, () => {
  it('refuses what a token asks beyond it, with the time to wait, and no other token', async () => {
    const api = shared;
    const [A, B] = [admin(), reader()];
    expect(await statuses(LIMIT, () => get(api, A))).toEqual([200, 200, 200]);
    const refused = await get(api, A);
    expect(refused).toMatchObject({
      status: 429,
      headers: { 'content-type': expect.stringMatching(/^application\/problem\+json/) },
      body: { status: 429, code: 'RATE_LIMITED' },
    });
    const wait = Number(refused.headers['retry-after']);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect((await get(api, B)).status).toBe(200);
  });

  it('counts over all pods', async () => {
    const A = admin();
    const [one, other] = [await start(LIMITED), await start(LIMITED)];
    const { HYBRID_SYNC_NAMESPACE, MONGODB_URL } = one.space.env;
    const shared = { ...LIMITED, HYBRID_SYNC_NAMESPACE, MONGODB_URL };
    const third = await start(shared);
    expect(await statuses(LIMIT, () => get(one, A))).toEqual([200, 200, 200]);
    expect((await get(third, A)).status).toBe(429);
    expect((await get(other, A)).status).toBe(200);
  });

  it('counts calls of tools, too, however they come', async () => {
    const api = shared;
    const A = admin();
    const ping = () =>
      send(api.app, {
        method: 'POST',
        url: '/mcp/message',
        headers: { authorization: `Bearer ${A.token}` },
        body: { method: 'ping' },
      });
    expect(await statuses(LIMIT + 1, ping)).toEqual([200, 200, 200, 429]);
    expect((await get(api, A)).status).toBe(429);
  });

  it('is not for health, metrics and documentation', async () => {
    const api = shared;
    const A = admin();
    for (const url of ['/healthz', '/metrics', '/openapi.json', '/docs']) {
      expect(await statuses(LIMIT + 2, () => get(api, A, url)), url).toEqual([200, 200, 200, 200, 200]);
    }
  });

  it.each<[string, { url: string; headers: Record<string, string> }, number]>([
    ['without a token', { url: '/sync/settings', headers: {} }, 401],
    ['with a guessed one', { url: '/sync/settings', headers: { authorization: 'Bearer hs_guess' } }, 401],
    ['from a foreign page', { url: '/sync/settings', headers: { origin: 'https://elsewhere.example' } }, 403],
    ['for an unknown route', { url: '/nowhere', headers: {} }, 401],
    ['for a path that is no UTF-8', { url: '/kv/%ff', headers: {} }, 400],
    ['for a path that is not in its plain form', { url: '/%73ync/settings', headers: {} }, 400],
    ['for two Hosts', { url: '/sync/settings', headers: { host: 'localhost, elsewhere.example' } }, 400],
    [
      'for a document, under a foreign name',
      { url: '/openapi.json', headers: { host: 'elsewhere.example' } },
      403,
    ],
  ])('counts what is refused %s for its address', async (_, request, status) => {
    const from = { ...request, remoteAddress: address() };
    const seen = await statuses(LIMIT, () => send(shared.app, from));
    expect(seen).toEqual([status, status, status]);
    const refused = await send(shared.app, from);
    expect(refused).toMatchObject({
      status: 429,
      headers: { 'content-type': expect.stringMatching(/^application\/problem\+json/) },
      body: { status: 429, code: 'RATE_LIMITED' },
    });
    expect(refused.headers['www-authenticate']).toBeUndefined();
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await get(shared, admin())).status).toBe(200);
  });

  it('counts what a role may not do, and unknown routes, for the token', async () => {
    const api = shared;
    const [A, B] = [admin(), reader()];
    const forbidden = () =>
      send(api.app, {
        method: 'PUT',
        url: '/kv/k',
        headers: { authorization: `Bearer ${B.token}` },
        body: { value: 'v' },
      });
    expect(await statuses(2, forbidden)).toEqual([403, 403]);
    expect((await get(api, B, '/nowhere')).status).toBe(404);
    expect((await get(api, B)).status).toBe(429);
    expect((await forbidden()).status).toBe(429);
    expect((await get(api, A)).status).toBe(200);
  });

  it('counts a missing key once', async () => {
    const api = shared;
    const A = admin();
    expect(await statuses(LIMIT + 1, () => get(api, A, '/kv/none'))).toEqual([404, 404, 404, 429]);
  });

  it('keeps a bounded number of counts, which expire, however many addresses there are', async () => {
    const api = await start({ ...LIMITED, RATE_LIMIT_PER_MINUTE: '1000000' });
    const addresses = Array.from({ length: 4500 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
    const redis = new Redis(String(process.env.TEST_REDIS_URL));
    owned.push(async () => redis.disconnect());
    for (const remoteAddress of addresses) {
      await api.app.inject({ url: '/sync/settings', headers: { host: 'localhost' }, remoteAddress });
    }
    const keys = await redis.keys(`${api.space.env.HYBRID_SYNC_NAMESPACE}:rate:*`);
    expect(keys.length).toBeGreaterThan(1000);
    expect(keys.length).toBeLessThanOrEqual(4096);
    const times = await Promise.all(keys.map((key) => redis.pttl(key)));
    expect(Math.min(...times)).toBeGreaterThan(0);
    expect(Math.max(...times)).toBeLessThanOrEqual(60_000);
  });

  it("keeps no one out for longer than its minute, though Redis' clock went back", async () => {
    const api = shared;
    const A = admin();
    const redis = new Redis(String(process.env.TEST_REDIS_URL));
    owned.push(async () => redis.disconnect());
    const count = `${api.space.env.HYBRID_SYNC_NAMESPACE}:rate:${A.name}`;
    await redis.set(count, LIMIT, 'PX', 600_000);
    const refused = await get(api, A);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(await redis.pttl(count)).toBeLessThanOrEqual(60_000);
  });

  it('is none unless it is set', async () => {
    const A = admin();
    const api = await start(TOKENS);
    expect(new Set(await statuses(50, () => get(api, A)))).toEqual(new Set([200]));
  });

  it('lets everything through while Redis does not answer, without waiting for it', async () => {
    const A = admin();
    const redis = await ServiceLine.to(String(process.env.TEST_REDIS_URL));
    await redis.open();
    owned.push(() => redis.cut());
    const api = await start({ ...LIMITED, REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '60000' });
    expect((await get(api, A)).status).toBe(200);
    redis.freeze();
    expect(await statuses(LIMIT + 2, () => get(api, A))).toEqual([200, 200, 200, 200, 200]);
    redis.thaw();
  });
});
