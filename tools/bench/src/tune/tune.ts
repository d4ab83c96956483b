import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandOf } from '@hybrid-sync/trials';
import type { Measuring } from '../measure/measuring.js';
import type { BenchOptions } from '../options.js';
import { type MeasuredDocument, sectionOf, whereMeasured } from '../report/document.js';
import { MOST_CLIENTS } from '../rows/row.js';
import { type MachineFacts, machineFacts } from '../system/machine-facts.js';
import { measureTuning } from './measure-tuning.js';
import { plotOf } from './plot.js';
import type { TuningResult } from './tuning-plan.js';
import { threadsSummaries, tuningTables } from './tuning-tables.js';

/** Everything that `--tune` found out; `--json` prints it as it stands. */
export interface TuningReport extends MachineFacts, Pick<BenchOptions, 'seed' | 'seconds'> {
  readonly results: readonly TuningResult[];
}

/** Sweeps threads and timeouts, and writes `tuning.md` and `tuning.svg` in the folder of the documents. */
export async function tune(given: Measuring, document: MeasuredDocument | undefined): Promise<TuningReport> {
  const { system, options, progress } = given;
  const { docs, seed, seconds } = options;
  const results = await measureTuning(given);
  const report = { ...(await machineFacts(system)), seed, seconds, results };
  const plot = join(docs, 'tuning.svg');
  await writeFile(plot, `${await plotOf(threadsSummaries(results))}\n`);
  await document?.write(
    [
      `Made by \`${commandOf('bench')}\`: one pod, ${MOST_CLIENTS} clients, ${seconds} s per load, seed ${seed}. ${whereMeasured(report)}`,
      ...tuningTables(results).map(sectionOf),
      '![mutations per second and p99 over the number of threads](tuning.svg)',
    ].join('\n\n'),
  );
  progress.say(`the figures are in ${document?.file} and ${plot}`);
  return report;
}
