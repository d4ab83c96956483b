import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type MachineFacts,
  machineFacts,
  openMeasuredDocument,
  sectionOf,
  whereMeasured,
  withBenchSystem,
} from '@hybrid-sync/bench';
import { commandOf, type ProgramSurroundings, readProfile } from '@hybrid-sync/trials';
import { measureStoreRate } from './measure/store-rate.js';
import type { PeakHourOptions } from './options.js';
import { faultsOf, type ModeReport, modeReportOf } from './report/mode-report.js';
import { plotOf } from './report/plot.js';
import { tablesOf } from './report/tables.js';
import { runMode, SLOW_MS, STORE_BYTES_PER_SECOND } from './run-mode.js';

/** Everything a run found out; `--json` prints it as it stands. */
export interface PeakHourReport extends MachineFacts, Pick<PeakHourOptions, 'seed' | 'profile' | 'seconds'> {
  /** What the store takes, in writes per second. */
  readonly storeRate: number;
  readonly modes: readonly ModeReport[];
  /** Why the run failed, a sentence each; empty if it passed. */
  readonly faults: readonly string[];
}

/** The whole run: each mode on the same load; writes the document where that was asked for. */
export async function peakHour(
  { write, ...options }: PeakHourOptions,
  { progress, signal }: ProgramSurroundings,
): Promise<PeakHourReport> {
  const { seed, seconds, settle } = options;
  const durationMs = seconds * 1000;
  const profile = await readProfile(options.profile);
  const document =
    write === undefined ? undefined : await openMeasuredDocument(join(write, 'peak-hour.md'), 'peak-hour');
  const report = await withBenchSystem(signal, async (system): Promise<PeakHourReport> => {
    const storeRate = await measureStoreRate(system, STORE_BYTES_PER_SECOND, profile, durationMs, signal);
    progress.say(`the store takes ${storeRate.toFixed(0)} writes/s`);
    const run = { system, profile, seed, durationMs, storeRate, settleMs: settle * 1000, progress, signal };
    const modes: ModeReport[] = [];
    for (const mode of options.modes) modes.push(modeReportOf(await runMode({ ...run, mode }), durationMs));
    const facts = await machineFacts(system);
    return { ...facts, seed, profile: profile.name, seconds, storeRate, modes, faults: faultsOf(modes) };
  });
  if (write !== undefined && document !== undefined) {
    const plot = join(write, 'peak-hour.svg');
    await writeFile(plot, `${await plotOf(report.modes, seconds)}\n`);
    await document.write(sectionFor(report));
    progress.say(`the figures are in ${document.file} and ${plot}`);
  }
  return report;
}

function sectionFor(report: PeakHourReport): string {
  const { seed, profile, seconds, storeRate, modes } = report;
  return [
    `Made by \`${commandOf('peak-hour')}\`: ${profile}, ${seconds} s of load in each mode, seed ${seed}. The store took ${storeRate.toFixed(0)} writes/s; ` +
      `the load rose to ${(5 * storeRate).toFixed(0)} writes/s; ${SLOW_MS} ms were added to every call in the middle. ${whereMeasured(report)}`,
    ...tablesOf(modes).map(sectionOf),
    '![load, p99 of writes, outbox and journal over the time, for each mode](peak-hour.svg)',
  ].join('\n\n');
}
