import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandOf, type ProgramSurroundings } from '@hybrid-sync/trials';
import type { BenchOptions } from '../options.js';
import { MeasuredDocument, sectionOf, whereMeasured } from '../report/document.js';
import { BenchSystem } from '../system/bench-system.js';
import { type MachineFacts, machineFacts, type Versions, versionsOf } from '../system/machine-facts.js';
import { measureTuning } from './measure-tuning.js';
import { plotOf } from './plot.js';
import { TUNING_CLIENTS, type TuningResult } from './tuning-plan.js';
import { threadsSummaries, tuningTables } from './tuning-tables.js';

/** Everything that `--tune` found out; `--json` prints it as it stands. */
export interface TuningReport {
  readonly machine: MachineFacts;
  readonly versions: Versions;
  readonly seed: string;
  /** Measured time of each load, in seconds. */
  readonly seconds: number;
  readonly results: readonly TuningResult[];
}

/** Sweeps threads and timeouts, and writes `tuning.md` and `tuning.svg` in the folder of the documents. */
export async function tune(
  { docs, seed, seconds }: BenchOptions,
  { progress, signal }: ProgramSurroundings,
): Promise<TuningReport> {
  const document = await MeasuredDocument.open(join(docs, 'tuning.md'));
  const report = await BenchSystem.use(signal, async (system) => ({
    machine: machineFacts(),
    versions: await versionsOf(system),
    seed,
    seconds,
    results: await measureTuning({ system, seed, seconds, progress, signal }),
  }));
  const plot = join(docs, 'tuning.svg');
  await writeFile(plot, `${await plotOf(threadsSummaries(report.results))}\n`);
  await document.write(
    [
      `Made by \`${commandOf('bench')}\`: one pod, ${TUNING_CLIENTS} clients, ${seconds} s per load, seed ${seed}. ${whereMeasured(report)}`,
      ...tuningTables(report.results).map(sectionOf),
      '![mutations per second and p99 over the number of threads](tuning.svg)',
    ].join('\n\n'),
  );
  progress.say(`the figures are in ${document.file} and ${plot}`);
  return report;
}
