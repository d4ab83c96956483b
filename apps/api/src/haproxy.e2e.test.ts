import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findHaproxy, hadForTests } from '@hybrid-sync/services';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { execa } from 'execa';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { NameServer } from './testing/name-server.js';

const CONFIG = fileURLToPath(new URL('../../../deploy/haproxy/haproxy.cfg', import.meta.url));
const PATIENCE = { timeout: 60_000, interval: 100 };
const WRITERS = 4;
const PAUSE_MS = 20;

const owned: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of owned.splice(0).reverse()) await end();
});

const haproxy = (await hadForTests('HAProxy', findHaproxy)) ?? '';

/** Puts other addresses and ports in the place of those that the file has. @throws Error where it has one no more */
function configWith(config: string, replacements: Readonly<Record<string, string>>): string {
  return Object.entries(replacements).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${from} is not in haproxy.cfg`);
    return text.replaceAll(from, to);
  }, config);
}

describe.skipIf(haproxy === '')('the proxy of the compose file', { timeout: 180_000 }, () => {
  it('is configured without a fault or a warning', async () => {
    const { all } = await execa(haproxy, ['-c', '-f', CONFIG], { all: true });
    expect(all).not.toMatch(/WARNING|ALERT/);
  });

  it('finds replicas that come, sends none that stop, and fails no write meanwhile', async () => {
    const names = await NameServer.start();
    owned.push(() => names.stop());
    const [proxyPort, port, healthPort] = [await getPort(), await getPort(), await getPort()];
    const [redisProxyPort, redisPort] = [await getPort(), await getPort()];
    const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-haproxy-'));
    owned.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'haproxy.cfg');
    const config = configWith(await readFile(CONFIG, 'utf8'), {
      '127.0.0.11:53': `127.0.0.1:${names.port}`,
      'bind :8080': `bind 127.0.0.1:${proxyPort}`,
      'api:8080': `api:${port}`,
      'bind :6380': `bind 127.0.0.1:${redisProxyPort}`,
      'api:6380': `api:${redisPort}`,
      'port 9464': `port ${healthPort}`,
    });
    await writeFile(file, config);
    const proxy = execa(haproxy, ['-db', '-f', file], { reject: false });
    owned.push(() => {
      proxy.kill('SIGKILL');
      return proxy;
    });

    const system = new RealSystem();
    owned.push(() => system.stop());
    const startReplica = async (address: string) => {
      const replica = await system.launch(
        'api',
        {
          HOST: address,
          METRICS_HOST: address,
          ALLOWED_HOSTS: address,
          METRICS_PORT: `${healthPort}`,
          REDIS_LISTEN_PORT: `${redisPort}`,
          // The proxy looks each second, and twice before it believes.
          SHUTDOWN_DELAY_MS: '6000',
        },
        { port },
      );
      // HAProxy before 3.1, as Debian 12 has it, sends calls to a replica before it was found ready.
      await expect.poll(() => readyAt(address), PATIENCE).toBe(true);
      names.addresses.push(address);
      return replica;
    };
    const readyAt = (address: string) =>
      fetch(`http://${address}:${healthPort}/readyz`).then(
        async (answer) => (await answer.text()) !== '' && answer.ok,
        () => false,
      );
    const answeredBy = async (address: string) => {
      const metrics = await fetch(`http://${address}:${healthPort}/metrics`).then(
        (answer) => answer.text(),
        () => '',
      );
      const counts = [...metrics.matchAll(/^hybrid_sync_mutations_total\{.*\} (\d+)$/gm)];
      return counts.reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const isUsed = (address: string) => expect.poll(() => answeredBy(address), PATIENCE).toBeGreaterThan(0);

    const url = `http://127.0.0.1:${proxyPort}/kv/`;
    const first = await startReplica('127.0.0.2');
    await expect.poll(() => put(url, 'first'), PATIENCE).toBe(200);
    const redis = new Redis(redisProxyPort, '127.0.0.1');
    owned.push(() => redis.quit());
    expect(await redis.set('by-redis', 'v')).toBe('OK');
    const answers = new Set<number | string>();
    let loaded = true;
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let written = 0; loaded; written++) {
        answers.add(await put(url, `${writer}-${written % 50}`));
        await sleep(PAUSE_MS);
      }
    });
    await startReplica('127.0.0.3');
    await startReplica('127.0.0.4');
    await Promise.all(['127.0.0.2', '127.0.0.3', '127.0.0.4'].map(isUsed));
    first.signal('SIGTERM');
    expect(await first.exit()).toBe(0);
    names.addresses = ['127.0.0.3', '127.0.0.4'];
    const before = await answeredBy('127.0.0.3');
    await expect.poll(() => answeredBy('127.0.0.3'), PATIENCE).toBeGreaterThan(before);
    loaded = false;
    await Promise.all(writers);
    expect([...answers]).toEqual([200]);
  });
});

/** Writes a pair; the status of the answer, or why there is none. */
const put = (url: string, key: string): Promise<number | string> =>
  fetch(`${url}${key}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"value":"v"}',
  }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.status;
    },
    (error: Error) => String(error.cause ?? error),
  );
