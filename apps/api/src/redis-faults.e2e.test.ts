import { ServiceLine } from '@hybrid-sync/services/line';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import type { AppName, RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { afterEach, describe, expect, it } from 'vitest';

const PATIENCE = { timeout: 30_000, interval: 50 };
const owned: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of owned.splice(0).reverse()) await end();
});

async function ownRedis(settings?: Record<string, string>): Promise<OwnRedis> {
  const redis = await OwnRedis.start(settings === undefined ? {} : { settings });
  owned.push(() => redis.stop());
  return redis;
}

function start(app: AppName, env: Record<string, string>): Promise<RealApp> {
  const system = new RealSystem(env);
  owned.push(() => system.stop());
  return system.launch(app);
}

describe.each(['api', 'projector'] as const)('the %s', (app) => {
  it.each(['REDIS_URL', 'QUEUE_REDIS_URL'])(
    'exits 1 when %s names a node of a Redis Cluster',
    async (variable) => {
      const cluster = await ownRedis({ 'cluster-enabled': 'yes' });
      const process = await start(app, { [variable]: cluster.url });
      expect(await process.exit()).toBe(1);
      expect(process.output).toContain(`${variable}: it names a node of a Redis Cluster`);
    },
  );

  it('exits 1 when its Redis is replaced by a Redis Cluster later', async () => {
    const [redis, cluster] = [await ownRedis(), await ownRedis({ 'cluster-enabled': 'yes' })];
    const line = await ServiceLine.to(redis.url);
    await line.open();
    owned.push(() => line.cut());
    const process = await start(app, { REDIS_URL: line.url });
    await expect.poll(() => process.readyStatus(), PATIENCE).toBe(200);
    line.leadTo(cluster.url);
    line.reset();
    expect(await process.exit()).toBe(1);
    expect(process.output).toContain('REDIS_URL: it names a node of a Redis Cluster');
  });

  it('exits 1 when Redis has no such database', async () => {
    const redis = await ownRedis();
    const process = await start(app, { REDIS_URL: `${redis.url}/99` });
    expect(await process.exit()).toBe(1);
    expect(process.output).toContain('REDIS_URL: its Redis has no database 99');
    expect(await redis.client().dbsize()).toBe(0);
  });

  it('exits 1, and prints no password, when the URL can not be read', async () => {
    const process = await start(app, { REDIS_URL: 'redis://:se-cret@one:6379,two:6379/0' });
    expect(await process.exit()).toBe(1);
    expect(process.output).toContain('REDIS_URL: names several hosts');
    expect(process.output).not.toContain('se-cret');
  });

  it('waits for a replica to become the primary, says so, and is not ready meanwhile', async () => {
    const primary = await ownRedis();
    const replica = await ownRedis({ replicaof: `127.0.0.1 ${primary.port}` });
    // A connection that is slow to come on a busy machine would be told as one that does not.
    const process = await start(app, { REDIS_URL: replica.url, REDIS_TIMEOUT_MS: '20000' });
    await expect.poll(() => process.output, PATIENCE).toContain('is a replica, which takes no writes');
    await expect.poll(() => process.readyStatus(), PATIENCE).toBe(503);
    expect(process.output).not.toContain('not reachable');
    await replica.client().replicaof('NO', 'ONE');
    await expect.poll(() => process.readyStatus(), PATIENCE).toBe(200);
  });
});
