import { once } from 'node:events';
import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { ServiceLine } from '@hybrid-sync/services/line';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { connectStores, loadSettings } from '@hybrid-sync/sync-core';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';

const PATIENCE = { timeout: 30_000, interval: 50 };
const owned: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of owned.splice(0).reverse()) await end();
});

function newSystem(): RealSystem {
  const system = new RealSystem();
  owned.push(() => system.stop());
  return system;
}

/** Sets a pair; the method of the answer, or undefined where none came. */
async function set(api: RealApp, key: string, value: string): Promise<string | undefined> {
  const body = { method: 'tools/call', params: { name: 'kv_set', arguments: { key, value } } };
  try {
    const response = await fetch(`${api.url}/mcp/message`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const reply = (await response.json()) as { result?: { structuredContent?: { method: string } } };
    return reply.result?.structuredContent?.method;
  } catch {
    return undefined;
  }
}

/** Sends a request, a post where it has a body, on a connection of its own, and resolves when all of it is on its way. */
async function sent(url: string, body?: object): Promise<{ answer: Promise<unknown> }> {
  const method = body === undefined ? 'GET' : 'POST';
  const outgoing = request(url, { method, headers: { 'content-type': 'application/json' }, agent: false });
  const answer = once(outgoing, 'response').then(([response]) => json(response));
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  await once(outgoing, 'finish');
  return { answer };
}

describe('a stop by SIGTERM', () => {
  it('answers what is under way, syncs it, and exits 0', async () => {
    const system = newSystem();
    const api = await system.start('api');
    const answers = new Map<string, string>();
    let sent = 0;
    const writer = async () => {
      for (;;) {
        const key = `k${sent++}`;
        const method = await set(api, key, key);
        if (method === undefined) return;
        answers.set(key, method);
        if (answers.size === 200) api.signal('SIGTERM');
      }
    };
    await Promise.all(Array.from({ length: 20 }, writer));
    expect(await api.exit()).toBe(0);
    expect(answers.size).toBeGreaterThanOrEqual(200);

    // Nothing runs any more that could still bring a mutation anywhere: what was answered must be there already.
    const stores = await connectStores(loadSettings({ env: system.env }).settings, pino({ level: 'silent' }));
    owned.push(() => stores.stop());
    const synced = [...answers].filter(([, method]) => method === 'ASYNC_THREAD').map(([key]) => key);
    const shadows = await stores.shadows.findMany(synced);
    expect(shadows.map((shadow) => shadow.lastValue).sort()).toEqual(synced.sort());
    expect(await stores.outbox.countUnprocessed(1000)).toBe(answers.size - synced.length);
    await expect.poll(() => stores.journal.totalLength(), PATIENCE).toBe(0);
  });

  it('makes long tasks and waits answer how far they came, and exits 0', async () => {
    const api = await newSystem().start('api');
    for (let key = 0; key < 20; key++) await set(api, `k${key}`, 'v');
    const bounds = { keysPerSecond: 1, budgetMs: 25_000, waitMs: 25_000 };
    const tasks = await Promise.all([
      sent(`${api.url}/sync/verify?keysPerSecond=1&budgetMs=25000`),
      sent(`${api.url}/sync/repair`, { ...bounds, apply: true }),
      sent(`${api.url}/sync/restore`, bounds),
      sent(`${api.url}/mcp/message`, {
        method: 'tools/call',
        params: { name: 'verify_cache_sync', arguments: bounds },
      }),
    ]);
    const waiting = await sent(`${api.url}/sync/keys/k0?version=9000000000000000&waitMs=30000`);
    // Its connection is later than theirs, so those are under way.
    expect(await (await sent(`${api.url}/readyz`)).answer).toMatchObject({ ready: true });
    api.signal('SIGTERM');
    const answers = await Promise.all(tasks.map(({ answer }) => answer));
    for (const answer of answers) {
      const report = (answer as { result?: { structuredContent: object } }).result?.structuredContent;
      expect(report ?? answer).toMatchObject({ complete: false, cursor: expect.any(String) });
    }
    expect(await waiting.answer).toMatchObject({ reached: false });
    expect(await api.exit()).toBe(0);
  });

  it('ends a projector with 0 as well', async () => {
    const projector = await newSystem().start('projector');
    projector.signal('SIGTERM');
    expect(await projector.exit()).toBe(0);
  });

  // Both wait for deadlines, so they do it together.
  it.concurrent.for(['api', 'projector'] as const)(
    'ends the %s when Redis has gone away',
    async (app, { expect, onTestFinished }) => {
      const system = new RealSystem();
      onTestFinished(() => system.stop());
      const redis = await ServiceLine.to(system.env.REDIS_URL);
      await redis.open();
      const process = await system.start(app, { REDIS_URL: redis.url });
      await redis.cut();
      await expect.poll(() => process.readyStatus(), PATIENCE).toBe(503);
      process.signal('SIGTERM');
      expect(await process.exit()).toBe(0);
    },
  );

  it('ends a process that still looks for its services', async () => {
    const system = newSystem();
    const nowhere = await ServiceLine.to(system.env.REDIS_URL);
    const api = await system.launch('api', { REDIS_URL: nowhere.url });
    await expect.poll(() => api.readyStatus(), PATIENCE).toBe(503);
    api.signal('SIGTERM');
    expect(await api.exit()).toBe(0);
  });
});

describe.each(['api', 'projector'] as const)('the %s, started without', (app) => {
  it.each([
    ['Redis', 'REDIS_URL'],
    ['MongoDB', 'MONGODB_URL'],
  ] as const)('%s, says where it looked, waits, and becomes ready', async (service, variable) => {
    const system = newSystem();
    const late = await ServiceLine.to(system.env[variable]);
    owned.push(() => late.cut());
    const process = await system.launch(app, { [variable]: late.url, MONGODB_TIMEOUT_MS: '500' });
    const { protocol, host, pathname } = new URL(late.url);
    const place = `${protocol}//${host}${pathname}`;
    await expect.poll(() => process.readyStatus(), PATIENCE).toBe(503);
    await expect.poll(() => process.output, PATIENCE).toContain(`${service} is not reachable at ${place}`);
    await late.open();
    await expect.poll(() => process.readyStatus(), PATIENCE).toBe(200);
  });
});

describe('both ways of a write', () => {
  it('end with cache and shadow equal', async () => {
    const system = newSystem();
    const [direct, events] = await Promise.all([
      system.start('api'),
      system.start('api', { SYNC_MODE: 'event-only' }),
      system.start('projector'),
    ]);
    const keys = Array.from({ length: 40 }, (_, index) => `key-${index % 10}`);
    const methods = await Promise.all(
      keys.map((key, index) => set(index % 2 === 0 ? direct : events, key, `value-${index}`)),
    );
    expect(new Set(methods)).toEqual(new Set(['ASYNC_THREAD', 'EVENT_BASED']));

    const stores = await connectStores(loadSettings({ env: system.env }).settings, pino({ level: 'silent' }));
    owned.push(() => stores.stop());
    const { cache, shadows, outbox } = stores;
    await expect.poll(() => outbox.countUnprocessed(1000), PATIENCE).toBe(0);
    const inCache = (await cache.getMany([...new Set(keys)])).map((pair) => [
      pair?.key,
      pair?.value,
      pair?.version,
    ]);
    const inShadow = (await shadows.findMany([...new Set(keys)])).map((shadow) => [
      shadow._id,
      shadow.lastValue,
      Number(shadow.version),
    ]);
    expect(inShadow.sort()).toEqual(inCache.sort());
  });
});

describe('a start that no waiting mends exits 1 and says what to do:', () => {
  it.each([
    [
      'a URL given twice',
      { REDIS_URL_FILE: '/secrets/redis' },
      /REDIS_URL_FILE: give it or REDIS_URL, not both/,
    ],
    ['a bad setting', { ASYNC_TIMEOUT_MS: 'soon' }, /ASYNC_TIMEOUT_MS: /],
    ['an address beyond loopback without tokens', { HOST: '0.0.0.0' }, /hybrid-sync token create/],
    [
      'a MongoDB URL that is none',
      { MONGODB_URL: 'mongodb://u:s3cret@a:27017,b:x/db' },
      /^the configuration has a fault:\n {2}MONGODB_URL: (?!.*s3cret)/,
    ],
    ['a token that is no entry', { API_TOKENS: 'hs_a-token-itself' }, /API_TOKENS: entry 1: /],
  ])('%s', async (_, env, message) => {
    const api = await newSystem().launch('api', env);
    expect(await api.exit()).toBe(1);
    expect(api.output).toMatch(message);
  });

  it('a port that is taken', async () => {
    const system = newSystem();
    const first = await system.start('api');
    const second = await system.launch('api', {}, { port: Number(new URL(first.url).port) });
    expect(await second.exit()).toBe(1);
    expect(second.output).toMatch(/another process listens .* choose another PORT/);
  });

  it('data of another slot count', async () => {
    const system = newSystem();
    const first = await system.start('api');
    first.signal('SIGTERM');
    await first.exit();
    const second = await system.launch('api', { HYBRID_SYNC_SLOTS: '64' });
    expect(await second.exit()).toBe(1);
    expect(second.output).toContain('set HYBRID_SYNC_SLOTS=32');
  });

  it('a database of another namespace', async () => {
    const system = newSystem();
    await system.start('api');
    const stage = await system.launch('projector', {
      HYBRID_SYNC_NAMESPACE: `${system.env.HYBRID_SYNC_NAMESPACE}s`,
    });
    expect(await stage.exit()).toBe(1);
    expect(stage.output).toMatch(/belongs to namespace .* set MONGODB_URL to a database of its own/);
  });
});
