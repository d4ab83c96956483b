import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FastQueueAddress } from '../sync-stores.js';
import { UsageError } from '../usage-error.js';
import { FastPathOutage } from './fast-path-outage.js';
import { markerOf, type OutageMarker } from './outage-marker.js';

const redisUrl = process.env.TEST_REDIS_URL ?? '';
const HOUR_MS = 3_600_000;

let address: FastQueueAddress;
let redis: Redis;
let closers: (() => Promise<unknown>)[];

beforeEach(() => {
  if (redisUrl === '') throw new Error('TEST_REDIS_URL is not set: run this test with "npm test"');
  address = { redisUrl, name: 'fast', prefix: `t${randomUUID().slice(0, 8)}:{queue}` };
  redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  closers = [];
});

afterEach(async () => {
  for (const close of closers.reverse()) await close();
  const keys = await redis.keys(`${address.prefix}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
});

async function openOutage(runId = 'run-a'): Promise<FastPathOutage> {
  const outage = await FastPathOutage.open(address, runId);
  closers.push(() => outage.stop());
  return outage;
}

/** A worker of the queue, as the product has it, and a way to send it a job and wait for that. */
async function openWorker() {
  const done: string[] = [];
  const blocking = redis.duplicate();
  const worker = new Worker(address.name, async ({ name }) => void done.push(name), {
    connection: blocking,
    prefix: address.prefix,
  });
  const queue = new Queue(address.name, { connection: redis, prefix: address.prefix });
  await worker.waitUntilReady();
  closers.push(async () => {
    await worker.close();
    await queue.close();
    blocking.disconnect();
  });
  return { done, send: (name: string) => queue.add(name, {}) };
}

const markerKey = () => `${address.prefix}:replay-outage`;

async function leaveMarker(marker: OutageMarker): Promise<void> {
  const queue = new Queue(address.name, { connection: redis, prefix: address.prefix });
  await redis.set(markerKey(), JSON.stringify(marker));
  await queue.pause();
  await queue.close();
}

async function pidOfTheDead(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('an outage of the fast path', () => {
  it('keeps workers from taking jobs, until it ends', async () => {
    const { done, send } = await openWorker();
    const outage = await openOutage();
    await send('before');
    await expect.poll(() => done).toEqual(['before']);

    await outage.begin(Date.now() + HOUR_MS);
    await send('during');
    expect([await outage.isPaused(), await outage.jobs(), done]).toEqual([true, 1, ['before']]);

    await outage.end();
    await expect.poll(() => done).toEqual(['before', 'during']);
    await expect.poll(() => outage.jobs()).toBe(0);
    expect(await outage.isPaused()).toBe(false);
  });

  it('has a marker in Redis as long as it lasts', async () => {
    const outage = await openOutage();
    const until = Date.now() + HOUR_MS;
    await outage.begin(until);
    expect(JSON.parse((await redis.get(markerKey())) ?? '')).toEqual(markerOf('run-a', until));
    await outage.end();
    expect(await redis.get(markerKey())).toBeNull();
  });

  it('ends with the run, whichever way the run ends', async () => {
    const outage = await FastPathOutage.open(address, 'run-a');
    await outage.begin(Date.now() + HOUR_MS);
    await outage.stop();
    const next = await openOutage('run-b');
    expect(await next.isPaused()).toBe(false);
    expect(await redis.get(markerKey())).toBeNull();
  });

  it('does not begin when someone has paused the queue, and leaves that alone', async () => {
    const outage = await openOutage();
    const queue = new Queue(address.name, { connection: redis, prefix: address.prefix });
    await queue.pause();
    await expect(outage.begin(Date.now() + HOUR_MS)).rejects.toThrow(UsageError);
    await outage.end();
    expect(await outage.isPaused()).toBe(true);
    await queue.close();
  });

  it('does not begin twice at the same time', async () => {
    const [first, second] = [await openOutage('run-a'), await openOutage('run-b')];
    const until = Date.now() + HOUR_MS;
    const begun = await Promise.allSettled([first.begin(until), second.begin(until)]);
    expect(begun.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await Promise.all([first.end(), second.end()]);
    expect([await first.isPaused(), await redis.get(markerKey())]).toEqual([false, null]);
  });
});

describe('a queue that a killed run left paused', () => {
  it('is resumed by the next one', async () => {
    const left = { ...markerOf('killed', Date.now() + HOUR_MS), pid: await pidOfTheDead() };
    await leaveMarker(left);
    const { done, send } = await openWorker();
    await send('waiting');
    const outage = await openOutage();
    expect(await outage.undoAbandoned(Date.now())).toEqual(left);
    await expect.poll(() => done).toEqual(['waiting']);
    expect(await redis.get(markerKey())).toBeNull();
  });

  it('is left alone while that run is alive, and the next one is told', async () => {
    await leaveMarker(markerOf('alive', Date.now() + HOUR_MS));
    const outage = await openOutage();
    await expect(outage.undoAbandoned(Date.now())).rejects.toThrow(
      /another replay \(run alive.*--resume-fast-path/,
    );
    expect(await outage.isPaused()).toBe(true);
  });

  it('is resumed by hand in any case', async () => {
    await leaveMarker(markerOf('alive', Date.now() + HOUR_MS));
    const outage = await openOutage();
    await outage.forceResume();
    expect([await outage.isPaused(), await redis.get(markerKey())]).toEqual([false, null]);
  });

  it('is nothing to undo when there is no marker', async () => {
    expect(await (await openOutage()).undoAbandoned(Date.now())).toBeUndefined();
  });
});

describe('FastPathOutage.open', () => {
  it('says so when Redis is not there', async () => {
    await expect(
      FastPathOutage.open({ ...address, redisUrl: 'redis://127.0.0.1:1' }, 'run-a'),
    ).rejects.toThrow(/the Redis of the fast queue does not answer: .*ECONNREFUSED/);
  });
});
