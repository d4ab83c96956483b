import { fileURLToPath } from 'node:url';
import { RealProgram } from '@hybrid-sync/services/real-program';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { FAST_QUEUE_NAME, queuePrefix } from '@hybrid-sync/sync-core';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunReport } from './report/run-report.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const AWAY = 'fast path: away from now on';

let system: RealSystem;
let api: string;
let redis: Redis;
let fastQueue: Queue;

async function start(projectors: number): Promise<void> {
  system = new RealSystem({
    // A short wait for the fast path lets a short outage show.
    ASYNC_TIMEOUT_MS: '500',
    // A busy machine is no reason to leave the fast path, and it is tried again soon after an outage.
    SYNC_MODE: 'hybrid',
    BREAKER_HALF_OPEN_AFTER_MS: '200',
  });
  [{ url: api }] = await Promise.all([
    system.start('api'),
    ...Array.from({ length: projectors }, () => system.start('projector')),
  ]);
  redis = new Redis(system.env.REDIS_URL, { maxRetriesPerRequest: null });
  fastQueue = new Queue(FAST_QUEUE_NAME, {
    connection: redis,
    prefix: queuePrefix(system.env.HYBRID_SYNC_NAMESPACE),
  });
}

async function stop(): Promise<void> {
  await fastQueue.close();
  redis.disconnect();
  await system.stop();
}

const replay = (words: string) =>
  new RealProgram(MAIN, ['--api', api, ...words.split(' ')], { ...process.env, ...system.env });

/** The report of a replay that ended. */
async function reportOf(run: RealProgram): Promise<RunReport & { code: number | null }> {
  const code = await run.exit();
  try {
    return { code, ...JSON.parse(run.stdout) };
  } catch {
    throw new Error(`no report (exit code ${code}):\n${run.stderr}`);
  }
}

describe('a replay against a real api and projector', () => {
  beforeAll(() => start(2));
  afterAll(stop);
  afterEach(async () => {
    expect(await fastQueue.isPaused()).toBe(false);
  });

  it('passes, with an outage of the fast path in its middle', async () => {
    const report = await reportOf(
      replay('--profile cluster14 --seconds 6 --rate 150 --fast-path-outage 2 --seed 1 --json'),
    );
    expect(report).toMatchObject({
      code: 0,
      faults: [],
      requests: { planned: 900, sent: 900, answered: 900 },
    });
    expect(report.reads.found).toBeGreaterThan(50);
    expect(report.operations.delete.count).toBeGreaterThan(100);
    expect(report.lostWrites.checked).toBeGreaterThan(20);
    expect(report.comparison.compared).toBeGreaterThanOrEqual(report.lostWrites.checked);
    const { before, during, after } = report.outage?.methods ?? {};
    expect(before?.ASYNC_THREAD).toBeGreaterThan(0);
    // One that was sent just before the end of the outage may come through just after it.
    expect(during?.EVENT_BASED).toBeGreaterThan(during?.ASYNC_THREAD ?? 0);
    expect(after?.ASYNC_THREAD).toBeGreaterThan(0);
  });

  it('prints tables for people, and a verdict', async () => {
    const run = replay('--seconds 1 --rate 100');
    expect(await run.exit(), run.stderr).toBe(0);
    expect(run.stdout).toContain('rate asked / achieved');
    expect(run.stdout.trimEnd().split('\n').at(-1)).toMatch(/^PASSED/);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('resumes the fast queue on %s in the middle of the outage', async (signal, exitCode) => {
    const run = replay('--seconds 100 --rate 20 --fast-path-outage 99.9');
    await run.said(AWAY);
    expect(await fastQueue.isPaused()).toBe(true);
    run.signal(signal);
    expect([await run.exit(), run.stdout]).toEqual([exitCode, '']);
    expect(run.stderr).toContain(`ended by ${signal}`);
  });

  it('resumes the fast queue that a killed run left paused', async () => {
    const killed = replay('--seconds 100 --rate 20 --fast-path-outage 99.9');
    await killed.said(AWAY);
    await killed.end();
    expect(await fastQueue.isPaused()).toBe(true);

    const next = replay('--seconds 1 --rate 50');
    expect(await next.exit()).toBe(0);
    expect(next.stderr).toMatch(
      /run \w{5} \(process \d+ on .*\) ended without resuming the fast queue; it is resumed now/,
    );
  });

  it('resumes the fast queue by hand', async () => {
    await fastQueue.pause();
    const run = replay('--resume-fast-path');
    expect([await run.exit(), run.stdout]).toEqual([0, 'the fast queue is resumed\n']);
  });

  it('finds what is lost on both sides, where cache and shadow still agree', async () => {
    const run = replay('--profile cluster15 --seconds 4 --rate 100 --fast-path-outage 1 --json');
    await run.said(AWAY);
    const runId = / run (\w{5}),/.exec(run.stderr)?.[1];
    // Hardly any key of this cluster is written twice, so one that has a shadow is through on both sides.
    const keys = await system.space.withDatabase(async (database) => {
      const shadows = database.collection<{ _id: string }>('kv_shadow');
      const ofRun = { _id: { $regex: `^replay:${runId}:` } };
      await expect.poll(() => shadows.countDocuments(ofRun)).toBeGreaterThanOrEqual(20);
      const victims = (await shadows.find(ofRun).limit(20).toArray()).map(({ _id }) => _id);
      const pairs = await redis.keys(`${system.env.HYBRID_SYNC_NAMESPACE}:{*}:kv:replay:${runId}:*`);
      await redis.del(...pairs.filter((pair) => victims.some((key) => pair.endsWith(`:kv:${key}`))));
      await shadows.deleteMany({ _id: { $in: victims } });
      return victims;
    });
    const report = await reportOf(run);
    const lost = report.lostWrites.first.map(({ key }) => key);
    expect(report.code).toBe(1);
    expect(report.lostWrites.lost).toBeGreaterThanOrEqual(10);
    expect(report.lostWrites.lost).toBeLessThanOrEqual(20);
    expect(keys).toEqual(expect.arrayContaining(lost));
    expect(report.faults).toEqual([`${report.lostWrites.lost} acknowledged writes are lost`]);
  });

  it('fails on a shadow without a pair', async () => {
    const key = 'nobody set this';
    await system.space.withDatabase((database) =>
      database
        .collection<{ _id: string; slot: number; version: number; lastValue: string; lastWriteAt: Date }>(
          'kv_shadow',
        )
        .insertOne({ _id: key, slot: 0, version: 1, lastValue: 'v', lastWriteAt: new Date() }),
    );
    const report = await reportOf(replay('--seconds 1 --rate 50 --json'));
    await system.space.withDatabase((database) =>
      database.collection<{ _id: string }>('kv_shadow').deleteOne({ _id: key }),
    );
    expect(report).toMatchObject({
      code: 1,
      faults: ['cache and shadow differ on 1 keys'],
      comparison: { differing: 1, differences: [{ key, kind: 'cache-missing' }] },
    });
  });
});

describe('a replay against a service without a projector', () => {
  beforeAll(() => start(0));
  afterAll(stop);

  it('fails when the queues do not empty in time', async () => {
    const report = await reportOf(
      replay('--seconds 3 --rate 50 --fast-path-outage 1 --settle 1 --profile cluster40 --json'),
    );
    expect(report.code).toBe(1);
    expect(report.settle.settled).toBe(false);
    expect(report.faults.at(-1)).toMatch(/is a projector running\?$/);
  });
});
