import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '@hybrid-sync/replay';
import { measureOthers, OTHER_SIZES } from './measure/measure-others.js';
import { measureRows } from './measure/measure-rows.js';
import type { BenchOptions } from './options.js';
import type { OtherFigures } from './report/other-figures.js';
import { type Ratios, ratiosOf } from './report/ratios.js';
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

/** What surrounds a run. */
export interface Surroundings {
  readonly progress: Progress;
  /** Ends the run early; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** The whole run: starts services of its own, measures, stops everything and removes its data. */
export async function bench(options: BenchOptions, { progress, signal }: Surroundings): Promise<BenchReport> {
  const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-bench-'));
  try {
    const system = await BenchSystem.start(folder, signal);
    try {
      const rows = await measureRows({ system, options, progress, signal });
      const sizes = OTHER_SIZES[options.quick ? 'quick' : 'full'];
      const others = await measureOthers(system, options, sizes, progress, signal);
      return {
        machine: machineFacts(),
        versions: await versionsOf(system),
        quick: options.quick,
        seed: options.seed,
        rounds: options.rounds,
        seconds: options.seconds,
        rows,
        others,
        ratios: ratiosOf(rows, others),
      };
    } finally {
      await system.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
