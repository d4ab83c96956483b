import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import type { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { Pod } from './pod.js';

let own: OwnRedis;
let redis: Redis;
let mongodbUrl: string;
let pod: Pod;
const lines: { msg: string; cause?: string }[] = [];
beforeAll(async () => {
  own = await OwnRedis.start({ settings: { 'enable-protected-configs': 'yes' } });
  redis = own.client();
  const url = new URL(process.env.TEST_MONGODB_URL ?? '');
  const namespace = `ready${own.port}`;
  url.pathname = `/${namespace}`;
  mongodbUrl = url.href;
  const loaded = loadSettings({
    env: {
      REDIS_URL: own.url,
      MONGODB_URL: mongodbUrl,
      HYBRID_SYNC_NAMESPACE: namespace,
      HYBRID_SYNC_SLOTS: '4',
    },
  });
  pod = new Pod(loaded, pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) }));
  await pod.start();
});
afterAll(async () => {
  await pod.stop();
  const client = new MongoClient(mongodbUrl);
  await client.db().dropDatabase();
  await client.close();
  await own.stop();
});

/** What a Redis does to writes, how to bring it about, and how to undo it. */
interface Fault {
  readonly cause: string;
  begin(): Promise<unknown>;
  end(): Promise<unknown>;
}

/** The folder that Redis is to save to, which is not there. */
let gone: string;
const FAULTS: readonly Fault[] = [
  {
    cause: 'OOM',
    begin: () => redis.config('SET', 'maxmemory', '100kb'),
    end: () => redis.config('SET', 'maxmemory', '0'),
  },
  {
    cause: 'READONLY',
    begin: () => redis.replicaof('127.0.0.1', 1),
    end: () => redis.replicaof('NO', 'ONE'),
  },
  {
    // A replica that has lost its primary: it is a replica before all.
    cause: 'READONLY',
    begin: async () => {
      await redis.config('SET', 'replica-serve-stale-data', 'no');
      await redis.replicaof('127.0.0.1', 1);
    },
    end: () => redis.replicaof('NO', 'ONE'),
  },
  {
    cause: 'NOREPLICAS',
    begin: () => redis.config('SET', 'min-replicas-to-write', '1'),
    end: () => redis.config('SET', 'min-replicas-to-write', '0'),
  },
  {
    cause: 'MISCONF',
    begin: async () => {
      gone = await mkdtemp(join(tmpdir(), 'hybrid-sync-gone-'));
      await redis.config('SET', 'dir', gone);
      await rm(gone, { recursive: true });
      await redis.config('SET', 'save', '3600 1');
      await redis.bgsave();
    },
    end: () => redis.config('SET', 'save', ''),
  },
  {
    cause: 'NOPERM',
    begin: () => redis.call('ACL', 'SETUSER', 'default', '-xadd'),
    end: () => redis.call('ACL', 'SETUSER', 'default', '+@all'),
  },
];

const reasons = () => pod.readiness().reasons;
const becomesReady = () => expect.poll(() => pod.readiness().ready, { timeout: 20_000 }).toBe(true);

describe.each(FAULTS)(
  'a Redis that answers writes with $cause',
  { timeout: 60_000 },
  ({ cause, begin, end }) => {
    it('makes a pod unready, though no one writes, which finds out by itself that writes succeed again', async () => {
      // A connection made anew learns that it leads to a replica, not that this one has lost its primary.
      const name = cause === 'MASTERDOWN' ? expect.stringMatching(/^(MASTERDOWN|READONLY)$/) : cause;
      await becomesReady();
      await begin();
      try {
        await expect
          .poll(reasons)
          .toContainEqual(
            expect.objectContaining({ name: 'WRITES_FAIL', cause: name, message: expect.any(String) }),
          );
        expect(pod.readiness().ready).toBe(false);
        await expect(pod.running.sync.set({ key: 'a', value: '1' })).rejects.toThrow('Redis');
        await expect.poll(() => lines.map(({ cause }) => cause)).toContainEqual(name);
      } finally {
        await end();
      }
      await becomesReady();
      expect(reasons()).toEqual([]);
      expect(lines).toContainEqual(
        expect.objectContaining({ cause: name, msg: expect.stringContaining('not ready') }),
      );
      await expect(pod.running.sync.set({ key: 'a', value: '2' })).resolves.toMatchObject({ key: 'a' });
    });
  },
);

it('a Redis that answers nothing, on connections that stay, makes a pod unready', {
  timeout: 60_000,
}, async () => {
  await becomesReady();
  own.kill('SIGSTOP');
  try {
    await expect.poll(() => pod.readiness().ready).toBe(false);
  } finally {
    own.kill('SIGCONT');
  }
  await becomesReady();
});

it('a slot that did not take a write is tried again and again, and makes a pod unready where no other takes one', {
  timeout: 60_000,
}, async () => {
  await becomesReady();
  const journals = (await redis.keys('*:journal')).filter((key) => key.includes(':{'));
  const [name = ''] = journals;
  await redis.del(name);
  await redis.rpush(name, 'by hand');
  try {
    const slot = Number(/\{(\d+)\}/.exec(name)?.[1]);
    pod.running.writeProbe.doubt(slot);
    await expect.poll(reasons).toContainEqual(expect.objectContaining({ cause: 'WRONGTYPE' }));
  } finally {
    await redis.del(name);
  }
  await becomesReady();
});
