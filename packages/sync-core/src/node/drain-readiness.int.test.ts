import { ServiceLine } from '@hybrid-sync/services/line';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import type { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

const log = pino({ level: 'silent' });
let own: OwnRedis;
let redis: Redis;
let line: ServiceLine;
let directUrl: string;
let pod: Pod;
let projector: ProjectorNode;
beforeAll(async () => {
  own = await OwnRedis.start();
  redis = own.client();
  const url = new URL(process.env.TEST_MONGODB_URL ?? '');
  url.pathname = `/drains${own.port}`;
  directUrl = url.href;
  line = await ServiceLine.to(directUrl);
  await line.open();
  const loaded = loadSettings({
    env: {
      REDIS_URL: own.url,
      MONGODB_URL: line.url,
      MONGODB_TIMEOUT_MS: '1000',
      HYBRID_SYNC_NAMESPACE: `drains${own.port}`,
      HYBRID_SYNC_SLOTS: '4',
      JOURNAL_RECOVER_AFTER_MS: '500',
      PROJECTOR_SWEEP_MS: '500',
    },
  });
  pod = new Pod(loaded, log);
  projector = new ProjectorNode(loaded, log);
  await Promise.all([pod.start(), projector.start()]);
});
afterAll(async () => {
  await Promise.all([pod.stop(), projector.stop()]);
  await line.cut();
  const client = new MongoClient(directUrl);
  await client.db().dropDatabase();
  await client.close();
  await own.stop();
});

const PATIENCE = { timeout: 20_000 };
const becomesReady = () => expect.poll(() => projector.readiness().ready, PATIENCE).toBe(true);
const drainsFail = (more: object = {}) =>
  expect
    .poll(() => projector.readiness().reasons, PATIENCE)
    .toContainEqual(expect.objectContaining({ name: 'DRAINS_FAIL', ...more }));

it('a projector whose MongoDB is away is not ready, and an api pod stays so', {
  timeout: 60_000,
}, async () => {
  await becomesReady();
  await line.cut();
  await pod.running.sync.set({ key: 'a', value: 'while away' });
  await drainsFail();
  expect(pod.readiness()).toMatchObject({ ready: true, reasons: [] });
  await line.open();
  await becomesReady();
  await expect.poll(() => pod.stores.shadows.find('a'), PATIENCE).toMatchObject({ lastValue: 'while away' });
});

it('a projector that may read what waits, but not remove it, is not ready', { timeout: 60_000 }, async () => {
  await becomesReady();
  await line.cut();
  await pod.running.sync.set({ key: 'b', value: 'while away' });
  await redis.call('ACL', 'SETUSER', 'default', '-xdel');
  await line.open();
  await drainsFail({ cause: 'NOPERM' });
  await redis.call('ACL', 'SETUSER', 'default', '+@all');
  await becomesReady();
  await expect.poll(() => pod.stores.journal.totalLength(), PATIENCE).toBe(0);
});

it('a projector whose Redis answers nothing, on connections that stay, is not ready', {
  timeout: 60_000,
}, async () => {
  await becomesReady();
  own.kill('SIGSTOP');
  try {
    await expect.poll(() => projector.readiness().ready).toBe(false);
  } finally {
    own.kill('SIGCONT');
  }
  await becomesReady();
});
