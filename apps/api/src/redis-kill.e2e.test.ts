import { RealSystem } from '@hybrid-sync/services/real-system';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';

const PATIENCE = { timeout: 60_000, interval: 100 };
/** Commands that are sent together. */
const TOGETHER = 50;
/** Answers after which the api is killed. */
const ENOUGH = 500;

it('what was answered over the port of Redis outlives the kill of its api, and reaches the shadows', async (test) => {
  const system = new RealSystem();
  test.onTestFinished(() => system.stop());
  const port = await getPort({ host: '127.0.0.1' });
  const env = { REDIS_LISTEN_PORT: String(port) };
  const [api] = await Promise.all([system.start('api', env), system.start('projector')]);
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => null });
  client.on('error', () => undefined);
  /** The highest value of each key whose SET was answered. */
  const answered = new Map<string, number>();
  let sent = 0;
  let count = 0;
  let lost = false;
  const send = async () => {
    const value = sent++;
    const key = `k${value % 100}`;
    await client.set(key, value);
    count++;
    answered.set(key, Math.max(value, answered.get(key) ?? 0));
  };
  while (!lost) {
    const burst = Promise.all(Array.from({ length: TOGETHER }, send));
    // The next burst is sent while this one is answered; the kill comes in the midst of one.
    if (count > ENOUGH) api.signal('SIGKILL');
    lost = await burst.then(
      () => false,
      () => true,
    );
  }
  await api.exit();
  client.disconnect();

  const next = await system.start('api', env);
  const again = new Redis(port, '127.0.0.1');
  test.onTestFinished(() => again.disconnect());
  const keys = [...answered.keys()];
  const values = await again.mget(keys);
  // What was sent and not answered may have been written as well.
  const missing = keys.filter((key, at) => Number(values[at] ?? -1) < (answered.get(key) ?? 0));
  expect(missing).toEqual([]);
  const verify = async () => {
    const answer = await fetch(`${next.url}/sync/verify`);
    return answer.json() as Promise<{ health: string; differing: number }>;
  };
  await expect.poll(verify, PATIENCE).toMatchObject({ health: 'HEALTHY', differing: 0 });
});
