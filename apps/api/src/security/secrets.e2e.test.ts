import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToken } from '@hybrid-sync/access-tokens';
import { ServiceLine } from '@hybrid-sync/services/line';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import getPort from 'get-port';
import { afterEach, describe, expect, it } from 'vitest';
import { type RawRequest, rawRequest } from '../testing/raw-request.js';

const PATIENCE = { timeout: 30_000, interval: 50 };
const owned: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of owned.splice(0).reverse()) await end();
});

function newSystem(): RealSystem {
  const system = new RealSystem();
  owned.push(() => system.stop());
  return system;
}

async function startReady(
  env: Record<string, string>,
  readyAt?: string,
  system = newSystem(),
): Promise<RealApp> {
  const api = await system.launch('api', env);
  const ready = async () => (await fetch(`${readyAt ?? api.url}/readyz`).catch(() => undefined))?.status;
  await expect.poll(ready, PATIENCE).toBe(200);
  return api;
}

const ADMIN = createToken({ name: 'boss', role: 'admin' });
const READER = createToken({ name: 'reader', role: 'read' });
const EXPIRED = createToken({ name: 'late', role: 'admin', expiresAt: Date.UTC(2020, 0, 1) });
const ENTRIES = [ADMIN, READER, EXPIRED].map(({ entry }) => entry).join('\n');

it('no secret and no value reaches the log, whatever is sent, at the most talkative level', async () => {
  const secrets = {
    value: 'VALUE-8c1d',
    otherValue: 'VALUE-77aa',
    guess: 'hs_GUESS-19fe',
    session: 'SESSION-5b2e',
    origin: 'https://origin-3f6b.example',
    query: 'QUERY-40cc',
  };
  const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  owned.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'tokens');
  writeFileSync(file, ENTRIES);
  const system = newSystem();
  const mongodb = await ServiceLine.to(system.env.MONGODB_URL);
  await mongodb.open();
  owned.push(() => mongodb.cut());
  const env = {
    API_TOKENS_FILE: file,
    LOG_LEVEL: 'trace',
    REQUEST_TIMEOUT_MS: '300',
    RATE_LIMIT_PER_MINUTE: '30',
    MAX_VALUE_BYTES: '1000',
    MONGODB_URL: mongodb.url,
    MONGODB_TIMEOUT_MS: '300',
    ASYNC_TIMEOUT_MS: '300',
    OUTBOX_TIMEOUT_MS: '300',
  };
  const api = await startReady(env, undefined, system);
  const port = Number(new URL(api.url).port);
  const send = (request: RawRequest) => rawRequest(port, request);
  const admin = { Authorization: `Bearer ${ADMIN.token}` };
  const body = JSON.stringify({ value: secrets.value, sessionId: secrets.session });
  const put = (headers: Record<string, string>, text = body) =>
    send({ method: 'PUT', path: '/kv/k', headers, body: text });

  const statuses = new Set<number>();
  const note = async (answer: Promise<{ status: number }>) => statuses.add((await answer).status);
  await note(put(admin));
  await note(send({ path: '/kv/k', headers: admin }));
  await note(put({}));
  await note(put({ Authorization: `Bearer ${secrets.guess}` }));
  await note(put({ Authorization: `Basic ${secrets.guess}` }));
  await note(put({ Authorization: `Bearer ${EXPIRED.token}` }));
  await note(put({ Authorization: `Bearer ${READER.token}` }));
  await note(put({ ...admin, Origin: secrets.origin }));
  await note(put(admin, `{"value":"${secrets.otherValue}"`));
  await note(put(admin, JSON.stringify({ value: secrets.otherValue, ttlSec: -1 })));
  await note(put(admin, JSON.stringify({ value: secrets.otherValue.repeat(10_000) })));
  await note(put({ ...admin, 'If-Match': '"1"' }));
  await note(put({ ...admin, 'Content-Length': '5000' }));
  await note(put({ ...admin, 'Content-Type': 'application/x-www-form-urlencoded' }));
  await note(send({ path: `/kv?prefix=k&token=${secrets.query}`, headers: admin }));
  await note(send({ path: `/nowhere?token=${ADMIN.token}`, headers: admin }));
  await note(send({ path: `/kv/%ff?token=${ADMIN.token}`, headers: admin }));
  await note(send({ path: '/sync/stats', headers: { ...admin, X: secrets.value.repeat(3000) } }));
  const message = {
    method: 'tools/call',
    params: { name: 'kv_set', arguments: { key: 'k', value: secrets.value } },
  };
  await note(send({ method: 'POST', path: '/mcp/message', headers: admin, body: JSON.stringify(message) }));
  // With MongoDB away, every way to it fails and is talked about.
  await mongodb.cut();
  for (let time = 0; time < 4; time++) await note(put(admin));
  await note(send({ path: '/sync/dead-letters', headers: admin }));
  while (!statuses.has(429)) await note(send({ path: '/sync/settings', headers: admin }));
  expect([...statuses].sort()).toEqual([200, 400, 401, 403, 404, 408, 412, 413, 415, 429, 431, 503]);

  await expect.poll(() => api.output, PATIENCE).toMatch(/MongoDB|fast path failed|circuit breaker/);
  api.signal('SIGTERM');
  expect(await api.exit()).toBe(0);
  const tokens = [ADMIN, READER, EXPIRED];
  const hashes = tokens.map(({ entry }) => String(entry.split(':')[2]));
  for (const secret of [...Object.values(secrets), ...tokens.map(({ token }) => token), ...hashes]) {
    expect(api.output).not.toContain(secret);
  }
  expect(api.output).not.toMatch(/authorization|bearer/i);
});

describe('the api beyond loopback', () => {
  it('listens with tokens, and asks for them; health and metrics do not', async () => {
    const metricsPort = String(await getPort({ host: '127.0.0.1' }));
    const health = `http://127.0.0.1:${metricsPort}`;
    const api = await startReady(
      { HOST: '0.0.0.0', API_TOKENS: ENTRIES, METRICS_PORT: metricsPort, ALLOWED_HOSTS: 'api.example' },
      health,
    );
    const port = Number(new URL(api.url).port);
    const call = (headers: Record<string, string>, path = '/sync/load') =>
      rawRequest(port, { path, headers });
    const reader = { Authorization: `Bearer ${READER.token}` };
    expect((await call({})).status).toBe(401);
    expect((await call(reader)).status).toBe(200);
    expect((await call({ ...reader, Host: 'api.example' })).status).toBe(200);
    expect((await call({ ...reader, Host: 'evil.example' })).status).toBe(403);
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect((await call(reader, path)).status, path).toBe(404);
      expect((await fetch(`${health}${path}`)).status, path).toBe(200);
    }
    expect(api.output).toMatch(/3 tokens are accepted/);
  });
});

it('a process follows its token file, and stops all the same', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  owned.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'tokens');
  writeFileSync(file, ADMIN.entry);
  const api = await startReady({ API_TOKENS_FILE: file });
  const statusOf = async ({ token }: { token: string }) =>
    (await fetch(`${api.url}/sync/load`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await statusOf(ADMIN)).toBe(200);
  writeFileSync(file, READER.entry);
  await expect.poll(() => statusOf(READER), PATIENCE).toBe(200);
  expect(await statusOf(ADMIN)).toBe(401);
  api.signal('SIGTERM');
  expect(await api.exit()).toBe(0);
});

it('a process without tokens says that it is open to this machine', async () => {
  const api = await startReady({});
  expect(api.output).toMatch(/there are no tokens: listening on loopback only/);
});

it('a projector needs no port but that of health and metrics', async () => {
  const metricsPort = String(await getPort({ host: '127.0.0.1' }));
  const projector = await newSystem().launch('projector', { HOST: '0.0.0.0', METRICS_PORT: metricsPort });
  const metrics = () => fetch(`http://127.0.0.1:${metricsPort}/metrics`).then(({ status }) => status, String);
  await expect.poll(metrics, PATIENCE).toBe(200);
  await expect(fetch(`${projector.url}/healthz`)).rejects.toThrow();
});
