import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { connectCache, connected, connectRedis } from './connect-redis.js';

const PATIENCE = { timeout: 15_000 };
const TERMS = { role: 'test', log: pino({ level: 'silent' }), deadlineMs: 1000 };

/** Two masters that claim all hash slots, neither of which knows of the other: one before a failover, one after it. */
let [before, after]: OwnRedis[] = [];
let url: string;
beforeAll(async () => {
  const settings = { 'cluster-enabled': 'yes' };
  const started = await Promise.all([1, 2].map(() => OwnRedis.start({ settings, line: 'of a node' })));
  [before, after] = started;
  for (const server of started) {
    await server.client().call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
    await vi.waitFor(
      async () => expect(await server.client().cluster('INFO')).toContain('_state:ok'),
      PATIENCE,
    );
  }
  await after?.client().call('CLUSTER', 'BUMPEPOCH');
  url = `redis-cluster://${started
    .map(({ toldPort }) => `127.0.0.1:${toldPort}`)
    .reverse()
    .join(',')}`;
});
afterAll(() => Promise.all([before?.stop(), after?.stop()]));

it.each([
  ['of the cache', () => connectCache(url, TERMS)],
  ['of a hash tag', () => connectRedis(url, { ...TERMS, use: 'request', key: 'k' })],
])('a connection %s does not go back to a master that has a successor', async (_, connect) => {
  const redis = connect();
  const write = async () => redis.at('k').set('k', 'v');
  await connected(redis);
  await write();
  await after?.line?.cut();
  await expect.poll(() => redis.fault?.message, PATIENCE).toContain('OLD_VIEW');
  await expect(write()).rejects.toThrow();
  await after?.line?.open();
  await expect.poll(() => redis.standing.ok, PATIENCE).toBe(true);
  expect(await before?.client().dbsize()).toBe(0);
  redis.disconnect();
});
