import { measureOthers } from './measure/measure-others.js';
import { measureRows } from './measure/measure-rows.js';
import type { Measuring } from './measure/measuring.js';
import type { BenchOptions } from './options.js';
import { type Ratios, ratiosOf } from './report/figures.js';
import type { OtherFigures } from './report/other-figures.js';
import type { RowResult } from './report/row-result.js';
import { type MachineFacts, machineFacts } from './system/machine-facts.js';

/** Everything a run found out; `--json` prints it as it stands. */
export interface BenchReport extends MachineFacts, Pick<BenchOptions, 'seed' | 'rounds' | 'seconds'> {
  readonly quick: boolean;
  readonly rows: readonly RowResult[];
  readonly others: OtherFigures;
  readonly ratios: Ratios;
}

/** The whole run: all rows, then all else that was asked for. */
export async function bench(given: Measuring): Promise<BenchReport> {
  const { mode, seed, rounds, seconds } = given.options;
  const rows = await measureRows(given);
  const others = await measureOthers(given);
  const ratios = ratiosOf(rows, others);
  const facts = await machineFacts(given.system);
  return { ...facts, quick: mode === 'quick', seed, rounds, seconds, rows, others, ratios };
}
