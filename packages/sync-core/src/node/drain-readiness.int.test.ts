import type { ServiceLine } from '@hybrid-sync/services/line';
import type { OwnRedis } from '@hybrid-sync/services/own-redis';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { describe, type ExpectStatic, it } from 'vitest';
import { withOwnStores } from '../testing/own-stores.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

const log = pino({ level: 'silent' });
/** A pod and a projector, the Redis of their own, and the line to MongoDB, with a database of their own. */
interface Scene {
  readonly own: OwnRedis;
  readonly redis: Redis;
  readonly line: ServiceLine;
  readonly pod: Pod;
  readonly projector: ProjectorNode;
}

/** Runs this in a scene of its own, so that several may wait at the same time. */
const inScene = (use: (scene: Scene) => Promise<void>): Promise<void> =>
  withOwnStores(
    'drains',
    { env: { JOURNAL_RECOVER_AFTER_MS: '500', PROJECTOR_SWEEP_MS: '500' } },
    async ({ own, line, loaded }) => {
      const pod = new Pod(loaded, log);
      const projector = new ProjectorNode(loaded, log);
      try {
        await Promise.all([pod.start(), projector.start()]);
        await use({ own, redis: own.client(), line, pod, projector });
      } finally {
        await Promise.all([pod.stop(), projector.stop()]);
      }
    },
  );

const PATIENCE = { timeout: 20_000 };
const becomesReady = ({ projector }: Scene, expect: ExpectStatic) =>
  expect.poll(() => projector.readiness().ready, PATIENCE).toBe(true);
const drainsFail = ({ projector }: Scene, expect: ExpectStatic, more: object = {}) =>
  expect
    .poll(() => projector.readiness().reasons, PATIENCE)
    .toContainEqual(expect.objectContaining({ name: 'DRAINS_FAIL', ...more }));

describe.concurrent('a projector is not ready', { timeout: 60_000 }, () => {
  it('whose MongoDB is away, and an api pod stays so', ({ expect }) =>
    inScene(async (scene) => {
      const { line, pod } = scene;
      await becomesReady(scene, expect);
      await line.cut();
      await pod.running.sync.set({ key: 'a', value: 'while away' });
      await drainsFail(scene, expect);
      expect(pod.readiness()).toMatchObject({ ready: true, reasons: [] });
      await line.open();
      await becomesReady(scene, expect);
      await expect
        .poll(() => pod.stores.shadows.find('a'), PATIENCE)
        .toMatchObject({ lastValue: 'while away' });
    }));

  it('that may read what waits, but not remove it', ({ expect }) =>
    inScene(async (scene) => {
      const { redis, line, pod } = scene;
      await becomesReady(scene, expect);
      await line.cut();
      await pod.running.sync.set({ key: 'b', value: 'while away' });
      await redis.call('ACL', 'SETUSER', 'default', '-xdel');
      await line.open();
      await drainsFail(scene, expect, { cause: 'NOPERM' });
      await redis.call('ACL', 'SETUSER', 'default', '+@all');
      await becomesReady(scene, expect);
      await expect.poll(() => pod.stores.journal.totalLength(), PATIENCE).toBe(0);
    }));

  it('whose Redis answers nothing, on connections that stay', ({ expect }) =>
    inScene(async (scene) => {
      await becomesReady(scene, expect);
      scene.own.kill('SIGSTOP');
      try {
        await expect.poll(() => scene.projector.readiness().ready).toBe(false);
      } finally {
        scene.own.kill('SIGCONT');
      }
      await becomesReady(scene, expect);
    }));
});
