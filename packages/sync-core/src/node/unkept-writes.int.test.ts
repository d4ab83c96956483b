import type { ServiceLine } from '@hybrid-sync/services/line';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { NotReplicatedError } from '../errors.js';
import { withOwnStores } from '../testing/own-stores.js';
import { Pod } from './pod.js';

const PATIENCE = { timeout: 20_000 };

/** A pod of its own whose Redis has no replica, though each write is to have one. */
const withPod = (use: (pod: Pod, line: ServiceLine) => Promise<void>): Promise<void> =>
  withOwnStores(
    'unkept',
    { env: { JOURNAL_WAIT_REPLICAS: '1', JOURNAL_WAIT_TIMEOUT_MS: '50' } },
    async ({ line, loaded }) => {
      const pod = new Pod(loaded, pino({ level: 'silent' }));
      try {
        await pod.start();
        await use(pod, line);
      } finally {
        await pod.stop();
      }
    },
  );

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
