import type { ProgramSurroundings } from '@hybrid-sync/trials';
import { measureOthers, OTHER_SIZES } from './measure/measure-others.js';
import { measureRows } from './measure/measure-rows.js';
import type { BenchOptions } from './options.js';
import { type Ratios, ratiosOf } from './report/figures.js';
import type { OtherFigures } from './report/other-figures.js';
import type { RowResult } from './report/row-result.js';
import { BenchSystem } from './system/bench-system.js';
import { type MachineFacts, machineFacts, type Versions, versionsOf } from './system/machine-facts.js';

/** Everything a run found out; `--json` prints it as it stands. */
export interface BenchReport {
  readonly machine: MachineFacts;
  readonly versions: Versions;
  readonly quick: boolean;
  readonly seed: string;
  readonly rounds: number;
  /** Measured time of each row at each number of clients, in seconds. */
  readonly seconds: number;
  readonly rows: readonly RowResult[];
  readonly others: OtherFigures;
  readonly ratios: Ratios;
}

/** The whole run: starts services of its own, measures, stops everything and removes its data. */
export async function bench(
  options: BenchOptions,
  { progress, signal }: ProgramSurroundings,
): Promise<BenchReport> {
  const { mode, seed, rounds, seconds } = options;
  const quick = mode === 'quick';
  return BenchSystem.use(signal, async (system) => {
    const rows = await measureRows({ system, options, progress, signal });
    const sizes = OTHER_SIZES[quick ? 'quick' : 'full'];
    const others = await measureOthers(system, options, sizes, progress, signal);
    const versions = await versionsOf(system);
    const ratios = ratiosOf(rows, others);
    return { machine: machineFacts(), versions, quick, seed, rounds, seconds, rows, others, ratios };
  });
}
