import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OwnRedis } from '@hybrid-sync/services/own-redis';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { describe, type ExpectStatic, it } from 'vitest';
import { withOwnStores } from '../testing/own-stores.js';
import { Pod } from './pod.js';

/** A pod, the Redis of its own that it writes to, and what it says in its log. */
interface Scene {
  readonly own: OwnRedis;
  readonly redis: Redis;
  readonly pod: Pod;
  readonly lines: { msg: string; cause?: string }[];
}

/** Runs this in a scene of its own, so that several may wait at the same time. */
const inScene = (use: (scene: Scene) => Promise<void>): Promise<void> =>
  withOwnStores('ready', { redis: { 'enable-protected-configs': 'yes' } }, async ({ own, loaded }) => {
    const lines: Scene['lines'] = [];
    const pod = new Pod(loaded, pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) }));
    try {
      await pod.start();
      await use({ own, redis: own.client(), pod, lines });
    } finally {
      await pod.stop();
    }
  });

/** What a Redis does to writes, how to bring it about, and how to undo it. */
interface Fault {
  readonly cause: string;
  begin(redis: Redis): Promise<unknown>;
  end(redis: Redis): Promise<unknown>;
}

const FAULTS: readonly Fault[] = [
  {
    cause: 'OOM',
    begin: (redis) => redis.config('SET', 'maxmemory', '100kb'),
    end: (redis) => redis.config('SET', 'maxmemory', '0'),
  },
  {
    cause: 'READONLY',
    begin: (redis) => redis.replicaof('127.0.0.1', 1),
    end: (redis) => redis.replicaof('NO', 'ONE'),
  },
  {
    // A replica that has lost its primary: it is a replica before all.
    cause: 'READONLY',
    begin: async (redis) => {
      await redis.config('SET', 'replica-serve-stale-data', 'no');
      await redis.replicaof('127.0.0.1', 1);
    },
    end: (redis) => redis.replicaof('NO', 'ONE'),
  },
  {
    cause: 'NOREPLICAS',
    begin: (redis) => redis.config('SET', 'min-replicas-to-write', '1'),
    end: (redis) => redis.config('SET', 'min-replicas-to-write', '0'),
  },
  {
    cause: 'MISCONF',
    begin: async (redis) => {
      const gone = await mkdtemp(join(tmpdir(), 'hybrid-sync-gone-'));
      await redis.config('SET', 'dir', gone);
      await rm(gone, { recursive: true });
      await redis.config('SET', 'save', '3600 1');
      await redis.bgsave();
    },
    end: (redis) => redis.config('SET', 'save', ''),
  },
  {
    cause: 'NOPERM',
    begin: (redis) => redis.call('ACL', 'SETUSER', 'default', '-xadd'),
    end: (redis) => redis.call('ACL', 'SETUSER', 'default', '+@all'),
  },
];

const reasons = (pod: Pod) => pod.readiness().reasons;
const becomesReady = (pod: Pod, expect: ExpectStatic) =>
  expect.poll(() => pod.readiness().ready, { timeout: 20_000 }).toBe(true);

describe.concurrent('a pod is not ready while', { timeout: 60_000 }, () => {
  it.for(FAULTS)(
    'its Redis answers writes with $cause, though no one writes, and finds out by itself that they succeed again',
    (fault, { expect }) =>
      inScene(async ({ redis, pod, lines }) => {
        const name = fault.cause;
        await becomesReady(pod, expect);
        await fault.begin(redis);
        try {
          await expect
            .poll(() => reasons(pod))
            .toContainEqual(
              expect.objectContaining({ name: 'WRITES_FAIL', cause: name, message: expect.any(String) }),
            );
          expect(pod.readiness().ready).toBe(false);
          await expect(pod.running.sync.set({ key: 'a', value: '1' })).rejects.toThrow('Redis');
          await expect.poll(() => lines.map(({ cause }) => cause)).toContainEqual(name);
        } finally {
          await fault.end(redis);
        }
        await becomesReady(pod, expect);
        expect(reasons(pod)).toEqual([]);
        expect(lines).toContainEqual(
          expect.objectContaining({ cause: name, msg: expect.stringContaining('not ready') }),
        );
        await expect(pod.running.sync.set({ key: 'a', value: '2' })).resolves.toMatchObject({ key: 'a' });
      }),
  );

  it('its Redis answers nothing, on connections that stay', ({ expect }) =>
    inScene(async ({ own, pod }) => {
      await becomesReady(pod, expect);
      own.kill('SIGSTOP');
      try {
        await expect.poll(() => pod.readiness().ready).toBe(false);
      } finally {
        own.kill('SIGCONT');
      }
      await becomesReady(pod, expect);
    }));

  it('a slot did not take a write and no other takes one; the slot is tried again and again', ({ expect }) =>
    inScene(async ({ redis, pod }) => {
      await becomesReady(pod, expect);
      const { sync, writeProbe } = pod.running;
      await sync.set({ key: 'a', value: '1' });
      const journals = (await redis.keys('*:journal')).filter((key) => key.includes(':{'));
      const [name = ''] = journals;
      await redis.del(name);
      await redis.rpush(name, 'by hand');
      try {
        writeProbe.doubt(Number(/\{(\d+)\}/.exec(name)?.[1]));
        await expect.poll(() => reasons(pod)).toContainEqual(expect.objectContaining({ cause: 'WRONGTYPE' }));
      } finally {
        await redis.del(name);
      }
      await becomesReady(pod, expect);
    }));
});
