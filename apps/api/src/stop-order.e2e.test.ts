import { ServiceLine } from '@hybrid-sync/services/line';
import getPort from 'get-port';
import { describe, expect, it, type TestContext } from 'vitest';
import { AppProcess } from './testing/api-process.js';
import { testSpace } from './testing/test-services.js';

const PATIENCE = { timeout: 30_000, interval: 50 };
/** Longer than a test may take: what waits for it fails. */
const LONG_DELAY = { SHUTDOWN_DELAY_MS: '600000' };
const STOPPING = { ready: false, reasons: [expect.objectContaining({ name: 'STOPPING' })] };

function newEnv(test: TestContext): Record<'REDIS_URL' | 'MONGODB_URL' | 'HYBRID_SYNC_NAMESPACE', string> {
  const space = testSpace();
  test.onTestFinished(() => space.clear());
  return space.env;
}

async function startReady(
  test: TestContext,
  app: 'api' | 'projector',
  env: Record<string, string>,
): Promise<AppProcess> {
  const process = await AppProcess.start(app, env);
  test.onTestFinished(() => process.end());
  await test.expect.poll(() => process.output, PATIENCE).toContain('"msg":"ready"');
  return process;
}

async function toldToStop(
  { expect }: TestContext,
  process: AppProcess,
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

const set = (api: AppProcess, key: string) =>
  fetch(`${api.url}/kv/${key}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"value":"v"}',
  });

describe.concurrent('the delay of a stop', () => {
  it('is one of serving on, not ready, and of closing the connections that are answered; then it exits 0', async (test) => {
    const { expect } = test;
    const api = await startReady(test, 'api', { ...newEnv(test), SHUTDOWN_DELAY_MS: '5000' });
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
    const api = await startReady(test, 'api', { ...newEnv(test), ...LONG_DELAY });
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
    const api = await startReady(test, 'api', { ...newEnv(test), ...LONG_DELAY });
    await toldToStop(test, api, 'SIGINT');
    expect(await api.exit()).toBe(0);
  });

  it('is none of a projector, which no balancer sends to', async (test) => {
    const { expect } = test;
    const projector = await startReady(test, 'projector', { ...newEnv(test), ...LONG_DELAY });
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
    const env = newEnv(test);
    const redis = await ServiceLine.to(env.REDIS_URL);
    await redis.open();
    test.onTestFinished(() => redis.cut());
    const metricsPort = await getPort({ host: '127.0.0.1' });
    const process = await startReady(test, app, {
      ...env,
      REDIS_URL: redis.url,
      ...(apart && { METRICS_PORT: `${metricsPort}` }),
    });
    redis.freeze();
    process.signal('SIGTERM');
    const health = apart ? `http://127.0.0.1:${metricsPort}` : process.url;
    const stopping = { ready: false, reasons: expect.arrayContaining(STOPPING.reasons) };
    await expect.poll(() => readinessAt(health), PATIENCE).toMatchObject(stopping);
    // A port that is closed before the node's end would have said nothing.
    await expect.poll(() => readinessAt(health), PATIENCE).toBeUndefined();
  });
});
