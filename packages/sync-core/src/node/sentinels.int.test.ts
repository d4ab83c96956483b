import { OwnSentinels } from '@hybrid-sync/services/own-sentinels';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { RedisFaultError } from '../errors.js';
import { connected, connectRedis } from '../redis/connect-redis.js';
import type { SyncAnswer } from '../sync-answer.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

const PASSWORD = 'sentinels-se-cret';
const AS_SENTINELS_WANT = `?sentinelPassword=${PASSWORD}`;
const SLOTS = 2;
const PATIENCE = { timeout: 30_000 };
const log = pino({ level: 'silent' });
const error = vi.spyOn(log, 'error');

let sentinels: OwnSentinels;
beforeAll(async () => {
  sentinels = await OwnSentinels.start({ password: PASSWORD });
}, 60_000);
afterAll(() => sentinels.stop());

describe('sentinels that give no server', () => {
  it.each([
    ['no master of the name', { master: 'other', query: AS_SENTINELS_WANT }, 'NO_MASTER'],
    ['another password', { query: '?sentinelPassword=no-se-cret' }, 'WRONGPASS'],
    ['a password', {}, 'NOAUTH'],
  ])('are told by why: they want %s', async (_, url, code) => {
    error.mockClear();
    const terms = { role: 'test', use: 'request', log, deadlineMs: 2000 } as const;
    const redis = connectRedis(sentinels.url(url), terms);
    await expect(connected(redis)).rejects.toThrow(code);
    expect(redis.fault).toBeInstanceOf(RedisFaultError);
    expect(redis.standing.reason).not.toContain('se-cret');
    expect(JSON.stringify(error.mock.calls)).not.toContain('se-cret');
    redis.disconnect();
  });
});

it('a connection leaves a primary that is handed over, though that goes on taking writes', async (test) => {
  const own = await OwnSentinels.start();
  test.onTestFinished(() => own.stop());
  const before = await own.primary();
  const after = own.servers.find((server) => server !== before);
  // The sentinels can not tell it that it is a replica now.
  await before?.client().call('ACL', 'SETUSER', 'default', '-replicaof', '-slaveof');
  const redis = connectRedis(own.url(), { role: 'left', use: 'request', log, deadlineMs: 2000 });
  test.onTestFinished(() => redis.disconnect());
  const portNow = async () =>
    Number(/^tcp_port:(\d+)/m.exec(await redis.info('server').catch(() => ''))?.[1]);
  await connected(redis);
  expect(await portNow()).toBe(before?.port);
  await own.failOver();
  await expect.poll(portNow, PATIENCE).toBe(after?.port);
  expect(await before?.client().info('replication')).toContain('role:master');
}, 60_000);

describe('a failover by sentinels under load', () => {
  let world: RealWorld;
  let pod: Pod;
  let projector: ProjectorNode;
  beforeAll(async () => {
    const env = { REDIS_URL: sentinels.url({ query: AS_SENTINELS_WANT }) };
    world = await realWorld(SLOTS, env);
    const { mongodbUrl, namespace } = world.settings;
    const loaded = loadSettings({
      env: {
        ...env,
        MONGODB_URL: mongodbUrl,
        HYBRID_SYNC_NAMESPACE: namespace,
        HYBRID_SYNC_SLOTS: String(SLOTS),
      },
    });
    [pod, projector] = [new Pod(loaded, log), new ProjectorNode(loaded, log)];
    await Promise.all([pod.start(), projector.start()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([pod.stop(), projector.stop()]);
    await world.stop();
  });

  it.each([
    ['is planned', () => sentinels.failOver()],
    ['follows the death of the primary', () => sentinels.killPrimary()],
  ])(
    'that %s loses nothing that was answered as in MongoDB, and the processes are ready again',
    async (_, failOver) => {
      const before = await sentinels.primaryPort();
      const { sync } = pod.running;
      const answers = new Map<string, SyncAnswer>();
      let number = 0;
      const write = async (): Promise<boolean> => {
        const key = `k${number++}`;
        try {
          answers.set(
            key,
            await sync.set({ key, value: key }, { mode: number % 2 ? 'adaptive' : 'event-only' }),
          );
          return true;
        } catch {
          return false;
        }
      };
      const writeMany = async () => (await Promise.all(Array.from({ length: 20 }, write))).some(Boolean);
      // The switch before may be heard of late, and breaks the connections once more.
      await expect.poll(writeMany, PATIENCE).toBe(true);
      for (let round = 0; round < 4; round++) await writeMany();

      await Promise.all([writeMany(), failOver()]);
      const writesElsewhere = async () => (await writeMany()) && (await sentinels.primaryPort()) !== before;
      await expect.poll(writesElsewhere, PATIENCE).toBe(true);
      await expect
        .poll(() => [pod, projector].map((node) => node.readiness().ready), PATIENCE)
        .toEqual([true, true]);
      await expect
        .poll(async () => /role:master/.test(await world.redis.info('replication').catch(String)), PATIENCE)
        .toBe(true);

      const inMongo = [...answers].filter(([, { method }]) => method !== 'JOURNALED');
      expect(inMongo.length).toBeGreaterThan(20);
      for (const [key, { version }] of inMongo) {
        const found = async () => (await world.shadows.find(key))?.version ?? 0;
        await expect.poll(found, PATIENCE).toBeGreaterThanOrEqual(version);
      }
    },
    120_000,
  );
});
