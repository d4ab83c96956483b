import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trialTests } from '@hybrid-sync/trials/testing/trial-tests';
import { expect, it } from 'vitest';
import type { FaultTestReport } from './fault-test.js';
import { SHORT } from './schedule/fault-lengths.js';

const MINUTES = 60_000;
const trial = trialTests(new URL('../dist/main.js', import.meta.url));

/** The processes that a fault test has recorded in its folder. */
async function recordedPids(): Promise<number[]> {
  const files = await readdir(trial.folder, { recursive: true });
  // The engine's root file system has JSON files of its own.
  const records = files.filter((file) => /^[^/]+\/([^/]+|redis\/[^/]+|documentdb\/[^/]+)\.json$/.test(file));
  const texts = await Promise.all(records.map((file) => readFile(join(trial.folder, file), 'utf8')));
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
    const run = trial.start('--short', '--seed', '1', '--json');
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
    expect(await trial.left()).toEqual([]);
  },
  5 * MINUTES,
);

it(
  'Ctrl-C stops everything, also what is frozen or dead at that moment',
  async () => {
    const run = trial.start('--short', '--seed', '1', '--faults', 'kill-projector');
    await run.said('SIGKILL projector');
    const pids = await recordedPids();
    expect(pids.length).toBeGreaterThanOrEqual(6);
    expect(pids.filter(runs)).toEqual(pids);
    run.signal('SIGINT');
    expect(await run.exit()).toBe(130);
    expect(run.stderr).toContain('ended by SIGINT');
    expect(pids.filter(runs)).toEqual([]);
    expect(await trial.left()).toEqual([]);
  },
  3 * MINUTES,
);

it('what it can not do as asked for ends with 2', async () => {
  const run = trial.start('--profile', 'cluster999');
  expect(await run.exit()).toBe(2);
  expect(run.stderr).toContain('there is no profile "cluster999"');
});
