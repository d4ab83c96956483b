import { ServiceLine } from '@hybrid-sync/services/line';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { NotReplicatedError } from '../errors.js';
import { testDatabaseUrl } from '../testing/test-database.js';
import { Pod } from './pod.js';

const PATIENCE = { timeout: 20_000 };

/** A pod of its own whose Redis has no replica, though each write is to have one. */
async function withPod(use: (pod: Pod, line: ServiceLine) => Promise<void>): Promise<void> {
  const own = await OwnRedis.start();
  const namespace = `unkept${own.port}`;
  const directUrl = testDatabaseUrl(namespace);
  const line = await ServiceLine.to(directUrl);
  await line.open();
  const loaded = loadSettings({
    env: {
      REDIS_URL: own.url,
      MONGODB_URL: line.url,
      MONGODB_TIMEOUT_MS: '2000',
      HYBRID_SYNC_NAMESPACE: namespace,
      HYBRID_SYNC_SLOTS: '4',
      JOURNAL_WAIT_REPLICAS: '1',
      JOURNAL_WAIT_TIMEOUT_MS: '50',
    },
  });
  const pod = new Pod(loaded, pino({ level: 'silent' }));
  try {
    await pod.start();
    await use(pod, line);
  } finally {
    await pod.stop();
    await line.cut();
    const client = new MongoClient(directUrl);
    await client.db().dropDatabase();
    await client.close();
    await own.stop();
  }
}

it.each(['synced', 'journaled'] as const)(
  'a pod is not ready while all its writes are refused, which Redis alone has, until MongoDB is back: %s',
  (answer) =>
    withPod(async (pod, line) => {
      const write = () => pod.running.sync.set({ key: 'k', value: 'v' }, { answer });
      await expect.poll(() => pod.readiness().ready, PATIENCE).toBe(true);
      expect((await write()).method).not.toBe('JOURNALED');
      await line.cut();
      const failing = async () => {
        await expect(write()).rejects.toThrow(NotReplicatedError);
        return pod.readiness();
      };
      await expect.poll(failing, PATIENCE).toMatchObject({
        ready: false,
        reasons: [{ name: 'WRITES_FAIL', cause: 'NOT_REPLICATED' }],
      });
      await line.open();
      const method = () =>
        write().then(
          (told) => told.method,
          () => undefined,
        );
      await expect.poll(method, PATIENCE).toMatch(/ASYNC_THREAD|EVENT_BASED/);
      await expect.poll(() => pod.readiness().ready, PATIENCE).toBe(true);
    }),
);
