import { createToken, parseTokenEntries, TokenBook } from '@hybrid-sync/access-tokens';
import { ConfigurationError, loadSettings, Metrics, type Readiness } from '@hybrid-sync/sync-core';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Listeners, listen, makeListeners } from './listeners.js';

const { token, entry } = createToken({ name: 'prometheus', role: 'read' });
const TOKENS = new TokenBook(parseTokenEntries(entry));
const UP = { ok: true, where: 'db.internal:6379' };
const READY = {
  ready: true,
  reasons: [],
  checks: { redis: UP, mongodb: UP },
  warnings: [],
  paused: [],
  pausedParts: [],
  unsafe: [],
};
const owned: Listeners[] = [];
afterEach(async () => {
  for (const { main, health } of owned.splice(0)) await Promise.all([main?.app.close(), health?.app.close()]);
});

function listeners(
  env: Record<string, string>,
  given: { tokens?: TokenBook; routes?: boolean; readiness?: Readiness } = {},
) {
  const made = makeListeners({
    settings: loadSettings({ env }).settings,
    tokens: given.tokens,
    defaultPort: 0,
    bodyLimit: given.routes === false ? undefined : 1000,
    health: { metrics: new Metrics('api'), readiness: () => given.readiness ?? READY },
    log: pino({ level: 'silent' }),
  });
  owned.push(made);
  return made;
}

async function statusOf(server: Listeners['main'], url: string, bearer?: string) {
  const headers = { host: 'localhost', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) };
  return (await server?.app.inject({ url, headers }))?.statusCode;
}

describe('health and metrics', () => {
  it('are on the main port, where metrics need a token as soon as there are tokens', async () => {
    const { main, health } = listeners({}, { tokens: TOKENS });
    expect(health).toBeUndefined();
    expect(await statusOf(main, '/healthz')).toBe(200);
    expect(await statusOf(main, '/readyz')).toBe(200);
    expect(await statusOf(main, '/metrics')).toBe(401);
    expect(await statusOf(main, '/metrics', token)).toBe(200);
    expect(await statusOf(listeners({}).main, '/metrics')).toBe(200);
  });

  it('leave the main port for one of their own, which needs no token', async () => {
    const { main, health } = listeners({ METRICS_PORT: '0' }, { tokens: TOKENS });
    for (const url of ['/healthz', '/readyz', '/metrics']) {
      expect(await statusOf(main, url, token), url).toBe(404);
      expect(await statusOf(health, url), url).toBe(200);
    }
  });

  it('are made once for all who scrape at the same time, since anybody may on a port of their own', async () => {
    const metrics = new Metrics('projector');
    const making = vi.spyOn(metrics.registry, 'metrics');
    const { health } = makeListeners({
      settings: loadSettings({ env: { METRICS_PORT: '0' } }).settings,
      tokens: undefined,
      defaultPort: 0,
      bodyLimit: undefined,
      health: { metrics, readiness: () => READY },
      log: pino({ level: 'silent' }),
    });
    owned.push({ main: undefined, health });
    const statuses = await Promise.all(Array.from({ length: 50 }, () => statusOf(health, '/metrics')));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(making).toHaveBeenCalledOnce();
  });

  it('need no main port beside their own, where a process has no other routes', async () => {
    expect(listeners({ METRICS_PORT: '0' }, { routes: false }).main).toBeUndefined();
    expect(listeners({}, { routes: false }).main).toBeDefined();
  });
});

describe('/readyz', () => {
  const told = async (server: Listeners['main'], bearer?: string) => {
    const headers = { host: 'localhost', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) };
    return (await server?.app.inject({ url: '/readyz', headers }))?.json();
  };
  const WITHOUT_HOSTS = {
    ready: true,
    reasons: [],
    checks: { redis: { ok: true }, mongodb: { ok: true } },
    warnings: [],
    paused: [],
    pausedParts: [],
    unsafe: [],
  };

  it('names the hosts of Redis and MongoDB to callers with a token only', async () => {
    const { main } = listeners({}, { tokens: TOKENS });
    expect(await told(main)).toEqual(WITHOUT_HOSTS);
    expect(await told(main, 'hs_guess')).toEqual(WITHOUT_HOSTS);
    expect(await told(main, token)).toEqual(READY);
  });

  it('is 503 with the reasons, which anyone is told, where a process is not ready', async () => {
    const message = 'No write has succeeded for 5 s (OOM): Redis is at its memory limit.';
    const reasons = [{ name: 'WRITES_FAIL', cause: 'OOM', forMs: 5000, message }] as const;
    const { main } = listeners({}, { tokens: TOKENS, readiness: { ...READY, ready: false, reasons } });
    expect(await statusOf(main, '/readyz')).toBe(503);
    expect(await told(main)).toEqual({ ...WITHOUT_HOSTS, ready: false, reasons });
  });

  it('names them where there are no tokens, and everybody is on this machine', async () => {
    expect(await told(listeners({}).main)).toEqual(READY);
  });

  it('on a port of its own names them on this machine only', async () => {
    const on = (host: string) => listeners({ METRICS_PORT: '0', METRICS_HOST: host }).health;
    expect(await told(on('127.0.0.1'))).toEqual(READY);
    expect(await told(on('0.0.0.0'))).toEqual(WITHOUT_HOSTS);
  });
});

describe('listening', () => {
  const started = async (listener: Listeners['main']) => {
    if (listener === undefined) throw new Error('there is no such listener');
    await listen(listener);
    return listener.app.server.address();
  };

  it.each(['0.0.0.0', '::', '10.0.0.1'])(
    'on %s is refused without tokens, with words on how to make one',
    async (host) => {
      const { main } = listeners({ HOST: host });
      const error = await started(main).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(String(error)).toMatch(/HOST=.*token create.*API_TOKENS/s);
      expect(main?.app.server.listening).toBe(false);
    },
  );

  it('may be refused by METRICS_HOST never: its port tells no data', async () => {
    const { health } = listeners({ METRICS_PORT: '0', METRICS_HOST: '127.0.0.2' });
    expect(health?.mayBeRemote).toBe(true);
    expect(await started(health)).toMatchObject({ address: '127.0.0.2' });
  });

  it('is on loopback unless a HOST is named', async () => {
    const { main, health } = listeners({ METRICS_PORT: '0' });
    expect(await started(main)).toMatchObject({ address: '127.0.0.1' });
    expect(await started(health)).toMatchObject({ address: '127.0.0.1' });
  });

  it('may be beyond loopback with tokens', () => {
    expect(listeners({ HOST: '0.0.0.0' }, { tokens: TOKENS }).main?.mayBeRemote).toBe(true);
  });

  it('on a port that is taken names the setting', async () => {
    const first = await started(listeners({}).main);
    const port = typeof first === 'object' ? String(first?.port) : '';
    await expect(started(listeners({ PORT: port }).main)).rejects.toThrow(/choose another PORT/);
    const { health } = listeners({ METRICS_PORT: port });
    await expect(started(health)).rejects.toThrow(/choose another METRICS_PORT/);
  });
});
