import { ServiceLine } from '@hybrid-sync/services/line';
import type { AppName, RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import getPort from 'get-port';
import { describe, expect, it, type TestContext } from 'vitest';

const PATIENCE = { timeout: 60_000, interval: 50 };
/** Longer than a test may take: what waits for it fails. */
const LONG_DELAY = { SHUTDOWN_DELAY_MS: '600000' };
const STOPPING = { ready: false, reasons: [expect.objectContaining({ name: 'STOPPING' })] };

function newSystem(test: TestContext): RealSystem {
  const system = new RealSystem();
  test.onTestFinished(() => system.stop());
  return system;
}

async function startReady(
  test: TestContext,
  app: AppName,
  env: Record<string, string>,
  system = newSystem(test),
): Promise<RealApp> {
  const process = await system.launch(app, env);
  await test.expect.poll(() => process.output, PATIENCE).toContain('"msg":"ready"');
  return process;
}

async function toldToStop(
  { expect }: TestContext,
  process: RealApp,
  signal: 'SIGTERM' | 'SIGINT',
): Promise<void> {
  process.signal(signal);
  await expect.poll(() => process.output, PATIENCE).toContain('"msg":"stopping"');
}

/** The body of `/readyz` at this address; undefined where nothing listens. */
const readinessAt = (url: string): Promise<unknown> =>
  fetch(`${url}/readyz`).then(
    (answer) => answer.json(),
    () => undefined,
  );

const set = (api: RealApp, key: string) =>
  fetch(`${api.url}/kv/${key}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"value":"v"}',
  });

describe.concurrent('the delay of a stop', () => {
  it('is one of serving on, not ready, and of closing the connections that are answered; then it exits 0', async (test) => {
    const { expect } = test;
    const api = await startReady(test, 'api', { SHUTDOWN_DELAY_MS: '5000' });
    await toldToStop(test, api, 'SIGTERM');
    const readiness = await fetch(`${api.url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(readiness.headers.get('connection')).toBe('close');
    expect(await readiness.json()).toMatchObject(STOPPING);
    expect((await set(api, 'k')).status).toBe(200);
    expect(await api.exit()).toBe(0);
  });

  it('lasts, whatever is asked meanwhile, and a second signal ends it at once', async (test) => {
    const { expect } = test;
    const api = await startReady(test, 'api', LONG_DELAY);
    await toldToStop(test, api, 'SIGTERM');
    for (let key = 0; key < 50; key++) {
      expect(await readinessAt(api.url)).toMatchObject(STOPPING);
      expect((await set(api, `k${key}`)).status).toBe(200);
    }
    api.signal('SIGTERM');
    expect(await api.exit()).toBe(1);
  });

  it('is none on SIGINT', async (test) => {
    const { expect } = test;
    const api = await startReady(test, 'api', LONG_DELAY);
    await toldToStop(test, api, 'SIGINT');
    expect(await api.exit()).toBe(0);
  });

  it('is none of a projector, which no balancer sends to', async (test) => {
    const { expect } = test;
    const projector = await startReady(test, 'projector', LONG_DELAY);
    await toldToStop(test, projector, 'SIGTERM');
    expect(await projector.exit()).toBe(0);
  });
});

describe.concurrent('while its node ends, which takes long with a silent Redis,', () => {
  it.for([
    ['api', 'on the port of health alone', true],
    ['projector', 'on its port', false],
    ['projector', 'on the port of health alone', true],
  ] as const)('the %s tells %s that it stops', async ([app, , apart], test) => {
    const { expect } = test;
    const system = newSystem(test);
    const redis = await ServiceLine.to(system.env.REDIS_URL);
    await redis.open();
    test.onTestFinished(() => redis.cut());
    const metricsPort = await getPort({ host: '127.0.0.1' });
    const env = { REDIS_URL: redis.url, ...(apart && { METRICS_PORT: `${metricsPort}` }) };
    const process = await startReady(test, app, env, system);
    redis.freeze();
    process.signal('SIGTERM');
    const health = apart ? `http://127.0.0.1:${metricsPort}` : process.url;
    const stopping = { ready: false, reasons: expect.arrayContaining(STOPPING.reasons) };
    await expect.poll(() => readinessAt(health), PATIENCE).toMatchObject(stopping);
    // A port that is closed before the node's end would have said nothing.
    await expect.poll(() => readinessAt(health), PATIENCE).toBeUndefined();
  });
});
