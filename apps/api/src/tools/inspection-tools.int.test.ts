import { ServiceLine } from '@hybrid-sync/services/line';
import { testSpace } from '@hybrid-sync/services/test-space';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const PATIENCE = { timeout: 20_000, interval: 20 };
const owned: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of owned.splice(0).reverse()) await end();
});

async function start(env: Record<string, string>): Promise<InProcessApi> {
  const api = await startInProcessApi(env);
  owned.push(() => api.stop());
  return api;
}

/** An api whose MongoDB a test can take away. */
async function startWithLine(
  more: Record<string, string> = {},
): Promise<{ api: InProcessApi; mongodb: ServiceLine }> {
  const mongodb = await ServiceLine.to(testSpace().env.MONGODB_URL);
  await mongodb.open();
  owned.push(() => mongodb.cut());
  const env = {
    MONGODB_TIMEOUT_MS: '200',
    BREAKER_CONSECUTIVE_FAILURES: '1',
    BREAKER_HALF_OPEN_AFTER_MS: '600000',
  };
  return { api: await start({ ...env, ...more, MONGODB_URL: mongodb.url }), mongodb };
}

describe('hybrid_sync_wait', () => {
  it('says at once that the shadow has a version, after ASYNC_THREAD', async () => {
    const api = await start({});
    const { method, version } = await api.call('kv_set', { key: 'k', value: 'v' });
    expect(method).toBe('ASYNC_THREAD');
    const answer = await api.call('hybrid_sync_wait', { key: 'k', version });
    expect(answer).toMatchObject({ reached: true, key: 'k', version, shadowVersion: version });
  });

  it('says that it has not, after EVENT_BASED, and waits until it has', async () => {
    const api = await start({ SYNC_MODE: 'event-only' });
    const { version } = (await api.call('kv_set', { key: 'k', value: 'v' })) as { version: number };
    const before = await api.call('hybrid_sync_wait', { key: 'k', version });
    expect(before).toMatchObject({ reached: false, shadowVersion: null });
    expect(before.message).toMatch(/no shadow/);

    const looks = vi.spyOn(api.pod.stores.shadows, 'versionsOf');
    const waiting = api.call('hybrid_sync_wait', { key: 'k', version, waitMs: 30_000 });
    await expect.poll(() => looks.mock.calls.length, PATIENCE).toBeGreaterThan(1);
    const mutation = { key: 'k', slot: 0, op: 'set', value: 'v' } as const;
    await api.pod.stores.shadows.apply([{ ...mutation, version }], 'EVENT_BASED');
    expect(await waiting).toMatchObject({ reached: true, shadowVersion: version });

    const newer = await api.call('hybrid_sync_wait', { key: 'k', version: version + 1 });
    expect(newer).toMatchObject({ reached: false, shadowVersion: version });
    expect(newer.message).toMatch(/older version/);
  });

  it.each([
    ['/mcp/message', '{"method": "tools/call", "params": {"name": "hybrid_sync_wait", "arguments": %}}'],
    [
      '/mcp',
      '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "hybrid_sync_wait", "arguments": %}}',
    ],
    ['/sync/keys/k?version=1&waitMs=30000', undefined],
  ])('ends with the connection of who waits: %s', async (path, body) => {
    const api = await start({ SYNC_MODE: 'event-only' });
    const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
    // After an abort fetch makes a new connection, on which a close would wait.
    owned.push(async () => api.app.server.closeAllConnections());
    const client = new AbortController();
    const waiting = fetch(address + path, {
      signal: client.signal,
      ...(body === undefined
        ? {}
        : {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              accept: 'application/json, text/event-stream',
            },
            body: body.replace('%', '{"key": "k", "version": 1, "waitMs": 30000}'),
          }),
    });
    const gone = expect(waiting).rejects.toThrow('aborted');
    await expect.poll(() => api.pod.waits.waiting, PATIENCE).toBe(1);
    client.abort();
    await gone;
    await expect.poll(() => api.pod.waits.waiting, { ...PATIENCE, timeout: 10_000 }).toBe(0);
    expect(await api.call('hybrid_sync_wait', { key: 'k', version: 1 })).toMatchObject({ reached: false });
  });

  it('does not keep a stop waiting', async () => {
    const api = await startInProcessApi({ SYNC_MODE: 'event-only' });
    const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
    const looks = vi.spyOn(api.pod.stores.shadows, 'versionsOf');
    const waiting = fetch(`${address}/mcp/message`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        method: 'tools/call',
        params: { name: 'hybrid_sync_wait', arguments: { key: 'k', version: 1, waitMs: 30_000 } },
      }),
    });
    await expect.poll(() => looks.mock.calls.length, PATIENCE).toBeGreaterThan(1);
    await api.stop();
    expect(await (await waiting).json()).toMatchObject({
      result: { structuredContent: { reached: false, shadowVersion: null } },
    });
  }, 10_000);
});

it.each([
  ['hybrid_sync_wait', { key: 'k', version: 1 }],
  ['hybrid_sync_dead_letters', {}],
  ['hybrid_sync_requeue_dead_letters', {}],
  ['hybrid_sync_discard_dead_letters', { all: true }],
  ['hybrid_sync_discard_dead_letters', { all: true, apply: true }],
])('%s says that MongoDB is away', async (name, args) => {
  const { api, mongodb } = await startWithLine();
  await mongodb.cut();
  const { json } = await api.post({ method: 'tools/call', params: { name, arguments: args } });
  expect(JSON.parse(json.result?.content?.[0]?.text ?? '')).toMatchObject({
    error: { code: 'STORE_UNAVAILABLE', retryAfterSec: 1 },
  });
});

describe('hybrid_sync_breaker', () => {
  it('shows both breakers closed, and open with MongoDB away', async () => {
    const { api, mongodb } = await startWithLine();
    const states = async () =>
      (await api.call('hybrid_sync_breaker')).circuitBreakers as Record<'fast' | 'outbox', object>;
    expect(await states()).toEqual({ fast: { state: 'closed' }, outbox: { state: 'closed' } });
    await mongodb.cut();
    await api.call('kv_set', { key: 'k', value: 'v' });
    await expect.poll(states, PATIENCE).toMatchObject({ fast: { state: 'open' }, outbox: { state: 'open' } });
    const { fast } = (await states()) as { fast: { openedAt: string; probeAt: string } };
    expect(Date.parse(fast.probeAt) - Date.parse(fast.openedAt)).toBe(600_000);
    expect((await api.call('hybrid_sync_breaker')).configuration).toEqual({
      consecutiveFailures: 1,
      slowCallMs: 1000,
      halfOpenAfterMs: 600_000,
    });
  });
});

describe('hybrid_sync_load_check', () => {
  const indicators = (saturated: number) => [
    { name: 'threadPoolSaturated', value: 0, threshold: saturated, exceeded: false },
    { name: 'queueWaiting', value: 0, threshold: 1, exceeded: false },
    { name: 'eventBacklog', value: 0, threshold: 101, exceeded: false },
  ];

  it('says of normal load what was seen in all pods, against which threshold, and how long ago', async () => {
    const api = await start({ LOAD_SAMPLE_MS: '20', MAX_ASYNC_THREADS: '10' });
    const check = () => api.call('hybrid_sync_load_check');
    await expect.poll(check, PATIENCE).toMatchObject({ isHighLoad: false, load: 'normal', pods: 1 });
    const answer = await check();
    expect(answer).toMatchObject({
      indicators: indicators(8),
      recommendation: expect.stringMatching(/^Normal load/),
    });
    expect(answer.sampleAgeMs).toBeLessThan(20 * 20);
  });

  it('names the indicators of high load', async () => {
    const api = await start({
      LOAD_SAMPLE_MS: '20',
      LOAD_MAX_UNPROCESSED_EVENTS: '0',
      SYNC_MODE: 'event-only',
    });
    await api.call('kv_set', { key: 'k', value: 'v' });
    await expect
      .poll(() => api.call('hybrid_sync_load_check'), PATIENCE)
      .toMatchObject({
        isHighLoad: true,
        load: 'high',
        recommendation: expect.stringMatching(/^High load \(eventBacklog\)/),
        indicators: expect.arrayContaining([
          { name: 'eventBacklog', value: 1, threshold: 1, exceeded: true },
        ]),
      });
  });

  it('says that load is unknown when MongoDB has been away for some time, and how old the last sample is', async () => {
    const { api, mongodb } = await startWithLine({ LOAD_SAMPLE_MS: '20' });
    await expect.poll(() => api.call('hybrid_sync_load_check'), PATIENCE).toMatchObject({ load: 'normal' });
    await mongodb.cut();
    await expect
      .poll(() => api.call('hybrid_sync_load_check'), PATIENCE)
      .toMatchObject({
        isHighLoad: false,
        load: 'unknown',
        recommendation: expect.stringMatching(/^Load is not known/),
      });
    expect((await api.call('hybrid_sync_load_check')).sampleAgeMs).toBeGreaterThan(20 * 20);
    expect(await api.call('hybrid_sync_stats')).toMatchObject({ pods: [{ maxThreads: 10 }] });
  });
});

it("hybrid_sync_stats shows every pod with its workers and its breakers, also another one's", async () => {
  const { api, mongodb } = await startWithLine({ LOAD_SAMPLE_MS: '20', MAX_ASYNC_THREADS: '3' });
  const word = { activeThreads: 2, maxThreads: 5, circuitBreakers: { fast: 'open', outbox: 'half-open' } };
  const announce = () => api.pod.stores.roster.announce('other', JSON.stringify(word), 60_000);
  const pods = async () => {
    await announce();
    return (await api.call('hybrid_sync_stats')).pods;
  };
  const own = { activeThreads: 0, maxThreads: 3, circuitBreakers: { fast: 'closed', outbox: 'closed' } };
  await expect
    .poll(pods, PATIENCE)
    .toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: 'other', ...word }),
        expect.objectContaining(own),
      ]),
    );
  await mongodb.cut();
  await api.call('kv_set', { key: 'k', value: 'v' });
  await expect
    .poll(pods, PATIENCE)
    .toEqual(
      expect.arrayContaining([
        expect.objectContaining({ maxThreads: 3, circuitBreakers: { fast: 'open', outbox: 'open' } }),
      ]),
    );
});

it('hybrid_sync_settings shows what is in force, addresses without credentials', async () => {
  const withOptions = new URL(testSpace().env.MONGODB_URL);
  withOptions.searchParams.set('appName', 'secret');
  const api = await start({ MONGODB_URL: withOptions.href, ASYNC_TIMEOUT_MS: '1234' });
  const { settings } = (await api.call('hybrid_sync_settings')) as {
    settings: { environment: string; value: unknown }[];
  };
  const shown = new Map(settings.map(({ environment, value }) => [environment, value]));
  expect(shown.get('ASYNC_TIMEOUT_MS')).toBe(1234);
  expect(shown.get('MONGODB_URL')).toBe(`mongodb://${withOptions.host}${withOptions.pathname}`);
  expect(JSON.stringify(settings)).not.toContain('secret');
});
