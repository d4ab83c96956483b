import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BenchReport } from './bench.js';
import type { IdleReport } from './idle/idle.js';
import { CLIENTS } from './measure/measure-rows.js';
import { type RowName, rowOf } from './rows/catalogue.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let folder: string;
let running: ChildProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-bench-e2e-'));
});
afterEach(async () => {
  if (running?.exitCode === null) {
    running.kill('SIGTERM');
    await once(running, 'close');
  }
  await rm(folder, { recursive: true, force: true });
});

/** Starts a bench that knows nothing of the services of `npm test`, with its temporary folder in ours. */
function start(...args: string[]) {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH, HOME, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (part: Buffer) => {
    output.stdout += part.toString();
  });
  child.stderr.on('data', (part: Buffer) => {
    output.stderr += part.toString();
  });
  const end = once(child, 'close').then(([code]) => code as number | null);
  return { child, output, end };
}

it('the smallest bench prints one JSON object and nothing else, and leaves nothing behind', async () => {
  const rows =
    'redis-set,bulk-write,direct-write,one-job-per-mutation,core,core-no-metrics,cacheable,bare-route,http,http-bulk,core-mix';
  const args = ['--quick', '--json', '--seconds', '0.6', '--rounds', '1'];
  const { output, end } = start(...args, '--rows', `${rows},hot-key-drain`);
  expect(await end, output.stderr).toBe(0);
  expect(output.stdout).toMatch(/^\{.*\}\n$/);
  const report = JSON.parse(output.stdout) as BenchReport;
  expect(report).toMatchObject({ quick: true, rounds: 1, seconds: 0.6 });
  expect(report.others.hotKeyDrain).toMatchObject({ events: 10_000, keys: 10 });
  expect(report.others.hotKeyDrain?.eventsPerSecond).toBeGreaterThan(0);
  expect(report.machine.cores).toBeGreaterThan(0);
  expect(report.versions.bullmq).toMatch(/^\d+\.\d+\.\d+$/);
  expect([...new Set(report.rows.map(({ name }) => name))]).toEqual(rows.split(','));
  for (const name of rows.split(',')) {
    const clients = report.rows.filter((row) => row.name === name).map((row) => row.clients);
    expect(clients).toEqual(expect.arrayContaining([...(rowOf(name as RowName).clients ?? CLIENTS)]));
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
    'singleClientP50VsDirectWrite',
    'vsDirectWrite',
    'vsOneJobPerMutation',
  ]);
  expect(await readdir(folder)).toEqual([]);
}, 240_000);

it('Ctrl-C in the middle of a row stops everything', async () => {
  const { child, output, end } = start('--quick', '--seconds', '1', '--rows', 'redis-set,core');
  await expect.poll(() => output.stderr, { timeout: 60_000 }).toContain('redis-set, 1 clients');
  child.kill('SIGINT');
  expect(await end).toBe(130);
  expect(output.stderr).toContain('ended by SIGINT');
  expect(await readdir(folder)).toEqual([]);
}, 120_000);

it('what it can not do as asked for ends with 2', async () => {
  const { output, end } = start('--rows', 'everything');
  expect(await end).toBe(2);
  expect(output.stderr).toContain('"everything" is none of');
});

it('a commit that does not exist is told before anything is built', async () => {
  const { output, end } = start('--against', 'no-such-commit', '--rows', 'bare-route');
  expect(await end).toBe(2);
  expect(output.stderr).toContain('--against "no-such-commit": git knows no such commit');
  expect(await readdir(folder)).toEqual([]);
});

it('verifies and restores as many keys as it is told', async () => {
  const { output, end } = start('--million', '3000', '--json');
  expect(await end, output.stderr).toBe(0);
  const report = JSON.parse(output.stdout);
  expect(report).toMatchObject({ keys: 3000, healthAfterRestore: 'HEALTHY' });
  for (const rates of Object.values(report.eachRound)) {
    expect(rates).toEqual([expect.any(Number), expect.any(Number)]);
  }
  expect(await readdir(folder)).toEqual([]);
});

it('tells what the hearts of many pods cost Redis', async () => {
  const { output, end } = start('--idle', '--pods', '20', '--seconds', '1', '--json');
  expect(await end, output.stderr).toBe(0);
  const { manyPods } = JSON.parse(output.stdout) as IdleReport;
  expect(manyPods?.map(({ pods, busy }) => [pods, busy])).toEqual([
    [20, false],
    [20, true],
  ]);
  for (const { beats } of manyPods ?? []) expect(beats).toBeGreaterThan(0);
  expect(await readdir(folder)).toEqual([]);
}, 120_000);
