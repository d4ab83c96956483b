import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RealProgram } from '@hybrid-sync/services/real-program';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FaultTestReport } from './fault-test.js';
import { SHORT } from './schedule/fault-lengths.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const MINUTES = 60_000;

let folder: string;
let running: RealProgram | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-fault-test-e2e-'));
});
afterEach(async () => {
  await running?.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

/** Starts a fault test that knows nothing of the services of `npm test`, with its temporary folder in ours. */
function start(...args: string[]): RealProgram {
  const { PATH, HOME } = process.env;
  running = new RealProgram(MAIN, args, { PATH, HOME, TMPDIR: folder });
  return running;
}

/** The processes that a fault test has recorded in its folder. */
async function recordedPids(): Promise<number[]> {
  const files = await readdir(folder, { recursive: true });
  // The engine's root file system has JSON files of its own.
  const records = files.filter((file) => /^[^/]+\/([^/]+|redis\/[^/]+|documentdb\/[^/]+)\.json$/.test(file));
  const texts = await Promise.all(records.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.map((text) => (JSON.parse(text) as { pid: number }).pid);
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it(
  'a short round of deaths and freezes loses nothing, and leaves nothing behind',
  async () => {
    const run = start('--short', '--seed', '1', '--json');
    const code = await run.exit();
    expect(code, run.output).toBe(0);
    const report = JSON.parse(run.stdout) as FaultTestReport;
    expect(report).toMatchObject({ seed: '1', faults: [] });
    const [round] = report.rounds;
    const brought = round?.schedule.faults.flatMap(({ fault, within }) => [
      fault.kind,
      ...(within === undefined ? [] : [within.fault.kind]),
    ]);
    expect(brought?.sort()).toEqual([...SHORT.kinds].sort());
    expect(round).toMatchObject({
      writes: { unexplained: 0 },
      faultyAnswers: { count: 0 },
      registers: { undecided: 0, broken: [] },
      rest: {
        lostWrites: { lost: 0 },
        comparison: { differing: 0 },
        deadLetters: 0,
        settle: { settled: true },
      },
      notReady: [],
      exits: [],
    });
    expect(round?.rest.lostWrites.checked).toBeGreaterThan(200);
    expect(round?.registers.answered).toBeGreaterThan(200);
    for (const method of ['ASYNC_THREAD', 'EVENT_BASED', 'JOURNALED'] as const) {
      expect(round?.writes.methods[method]).toBeGreaterThan(0);
    }
    expect(await readdir(folder)).toEqual([]);
  },
  5 * MINUTES,
);

it.each([
  ['sentinel', 'cut-replicas'],
  ['cluster', 'kill-master'],
])(
  'with a Redis that is %s, nothing is lost to %s',
  async (topology, fault) => {
    const args = [
      '--topology',
      topology,
      '--faults',
      fault,
      '--short',
      '--seed',
      '1',
      '--rate',
      '50',
      '--json',
    ];
    const run = start(...args);
    const code = await run.exit();
    expect(code, run.output).toBe(0);
    const { rounds } = JSON.parse(run.stdout) as FaultTestReport;
    expect(rounds).toMatchObject([
      { faults: [], writes: { unexplained: 0 }, rest: { lostWrites: { lost: 0 } } },
    ]);
    expect(rounds[0]?.rest.lostWrites.checked).toBeGreaterThan(50);
    expect(run.stderr).toMatch(/redis-\d was replaced/);
    expect(await readdir(folder)).toEqual([]);
  },
  3 * MINUTES,
);

it(
  'Ctrl-C stops everything, also what is frozen or dead at that moment',
  async () => {
    const run = start('--short', '--seed', '1', '--faults', 'kill-projector');
    await run.said('SIGKILL projector');
    const pids = await recordedPids();
    expect(pids.length).toBeGreaterThanOrEqual(6);
    expect(pids.filter(runs)).toEqual(pids);
    run.signal('SIGINT');
    expect(await run.exit()).toBe(130);
    expect(run.stderr).toContain('ended by SIGINT');
    expect(pids.filter(runs)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  },
  3 * MINUTES,
);

it('what it can not do as asked for ends with 2', async () => {
  const run = start('--profile', 'cluster999');
  expect(await run.exit()).toBe(2);
  expect(run.stderr).toContain('there is no profile "cluster999"');
});
