import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type ProgramSurroundings, UsageError } from '@hybrid-sync/trials';
import type { BenchReport } from '../bench.js';
import type { BenchOptions } from '../options.js';
import { outputOf } from './child-run.js';
import {
  type AgainstReport,
  compare,
  cpuOfFormer,
  type RoundOfBoth,
  type Side,
  turnsOf,
} from './comparison.js';
import { commitOf, withBuildOf } from './former-build.js';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
const MAIN = join('tools', 'bench', 'dist', 'main.js');
/** The longest that one run may take: to start and stop, and for each row in measured times of a cell; in seconds. */
const RUN_SECONDS = 300;
const CELLS_PER_ROW = 40;

/** Measures this build and that of an earlier commit in turns. @throws UsageError when there is no such commit */
export async function against(
  options: BenchOptions,
  ref: string,
  surroundings: ProgramSurroundings,
): Promise<AgainstReport> {
  const { rounds, seconds, seed } = options;
  const { signal } = surroundings;
  const commit = await commitOf(ref, REPOSITORY, signal);
  const measured = await withBuildOf(commit, REPOSITORY, surroundings, (former) =>
    measureInTurns({ today: REPOSITORY, former }, options, surroundings),
  );
  const rows = compare(measured);
  const cpu = cpuOfFormer(rows);
  return { ref, commit, rounds, seconds, seed, rows, ...(cpu === undefined ? {} : { cpuOfFormer: cpu }) };
}

/** The names of the rows that the bench of a build knows. */
async function rowsKnownTo(folder: string): Promise<readonly string[]> {
  const catalogue = pathToFileURL(join(folder, 'tools', 'bench', 'dist', 'rows', 'catalogue.js'));
  return ((await import(catalogue.href)) as { ROW_NAMES: readonly string[] }).ROW_NAMES;
}

async function measureInTurns(
  folders: Readonly<Record<Side, string>>,
  { rounds, rows, seconds, seed }: BenchOptions,
  { progress, signal }: ProgramSurroundings,
): Promise<RoundOfBoth[]> {
  const known = await rowsKnownTo(folders.former);
  const asked = rows.filter((row) => known.includes(row));
  if (asked.length === 0) throw new UsageError('the bench of that commit knows none of these rows');
  const args = ['--quick', '--json', '--rows', asked.join(','), '--rounds', '1'];
  const measure = async (side: Side): Promise<BenchReport> => {
    const output = await outputOf({
      command: process.execPath,
      args: [join(folders[side], MAIN), ...args, '--seconds', String(seconds), '--seed', seed],
      cwd: folders[side],
      atMostSeconds: RUN_SECONDS + asked.length * CELLS_PER_ROW * seconds,
      signal,
    });
    return JSON.parse(output) as BenchReport;
  };
  const measured: RoundOfBoth[] = [];
  progress.begin('measuring both in turns', 2 * rounds);
  for (const [round, turns] of turnsOf(rounds).entries()) {
    const results: Record<Side, BenchReport['rows']> = { today: [], former: [] };
    for (const [turn, side] of turns.entries()) {
      progress.update(2 * round + turn, `round ${round + 1} of ${rounds}, ${side}`);
      results[side] = (await measure(side)).rows;
    }
    measured.push(results);
  }
  progress.end();
  return measured;
}
