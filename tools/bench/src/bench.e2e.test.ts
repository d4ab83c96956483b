import { existsSync } from 'node:fs';
import { trialTests } from '@hybrid-sync/trials/testing/trial-tests';
import { expect, it } from 'vitest';
import type { BenchReport } from './bench.js';
import { type RowName, rowOf } from './rows/catalogue.js';
import { CLIENTS } from './rows/row.js';

const trial = trialTests(new URL('../dist/main.js', import.meta.url));

it('the smallest bench prints one JSON object and nothing else, and leaves nothing behind', async () => {
  const rows =
    'redis-set,bulk-write,direct-write,one-job-per-mutation,core,core-no-metrics,cacheable,bare-route,http,http-bulk,core-mix,bare-get,redis-port-get';
  const args = ['--quick', '--json', '--seconds', '0.2', '--rounds', '1'];
  const run = trial.start(...args, '--rows', `${rows},hot-key-drain`);
  expect(await run.exit(), run.stderr).toBe(0);
  expect(run.stdout).toMatch(/^\{.*\}\n$/);
  const report = JSON.parse(run.stdout) as BenchReport;
  expect(report).toMatchObject({ quick: true, rounds: 1, seconds: 0.2 });
  expect(report.others.hotKeyDrain).toMatchObject({ events: 10_000, keys: 10 });
  expect(report.others.hotKeyDrain?.eventsPerSecond).toBeGreaterThan(0);
  expect(report.machine.cores).toBeGreaterThan(0);
  expect(report.versions.bullmq).toMatch(/^\d+\.\d+\.\d+$/);
  expect([...new Set(report.rows.map(({ name }) => name))]).toEqual(rows.split(','));
  for (const name of rows.split(',')) {
    const clients = report.rows.filter((row) => row.name === name).map((row) => row.clients);
    const { clients: expected = CLIENTS, pipelines } = rowOf(name as RowName);
    const pipelined = pipelines?.depths.map((depth) => pipelines.connections * depth);
    expect(clients).toEqual(expect.arrayContaining([...(pipelined ?? expected)]));
  }
  for (const row of report.rows) {
    expect(row.mutationsPerSecond).toBeGreaterThan(0);
    // With 500 clients so short a time may see no call of a slow row from its begin to its end.
    if (row.clients === 1) expect(row.p50Ms).toBeGreaterThan(0);
    expect(row.p99Ms).toBeGreaterThanOrEqual(row.p50Ms);
    expect('notFastShare' in row).toBe(
      ['core', 'core-no-metrics', 'http', 'http-bulk', 'core-mix'].includes(row.name),
    );
  }
  if (existsSync('/proc/self/stat')) {
    const busy = (name: string) => report.rows.find((row) => row.name === name && row.clients === 500);
    expect(busy('core')).toMatchObject({
      podUs: expect.toSatisfy((us: number) => us > 0),
      redisUs: expect.toSatisfy((us: number) => us > 0),
      storeUs: expect.toSatisfy((us: number) => us > 0),
    });
    expect(busy('http')?.podUs).toBeGreaterThan(0);
  }
  expect(Object.keys(report.ratios).sort()).toEqual([
    'bulkHttpOfCore',
    'bulkWriteLimitPerSecond',
    'hotKeyDrainEventsPerSecond',
    'hotKeyDrainOfBulkWriteLimit',
    'httpAddedOfBareRoute',
    'httpOfBareRoute',
    'metricsOnOfOff',
    'ofBulkWriteAt100',
    'ofBulkWriteLimit',
    'ofParallelBulkWrite',
    'p99OfDirectWrite',
    'parallelBulkWritePerSecond',
    'redisPortGetP1',
    'redisPortGetP16',
    'singleClientP50VsDirectWrite',
    'vsDirectWrite',
    'vsOneJobPerMutation',
  ]);
  expect(await trial.left()).toEqual([]);
}, 240_000);

it('Ctrl-C in the middle of a row stops everything', async () => {
  const run = trial.start('--quick', '--seconds', '0.3', '--rows', 'redis-set,core');
  await run.said('redis-set, 1 clients');
  run.signal('SIGINT');
  expect(await run.exit()).toBe(130);
  expect(run.stderr).toContain('ended by SIGINT');
  expect(await trial.left()).toEqual([]);
}, 120_000);

it('what it can not do as asked for ends with 2', async () => {
  const run = trial.start('--rows', 'everything');
  expect(await run.exit()).toBe(2);
  expect(run.stderr).toContain('"everything" is none of');
});

it('a commit that does not exist is told before anything is built', async () => {
  const run = trial.start('--against', 'no-such-commit', '--rows', 'bare-route');
  expect(await run.exit()).toBe(2);
  expect(run.stderr).toContain('--against "no-such-commit": git knows no such commit');
  expect(await trial.left()).toEqual([]);
});
