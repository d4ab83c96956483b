import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BenchSystem,
  MeasuredDocument,
  machineFacts,
  sectionOf,
  settingsOf,
  versionsOf,
  whereMeasured,
} from '@hybrid-sync/bench';
import { connectStores } from '@hybrid-sync/sync-core';
import {
  commandOf,
  findProfile,
  PROFILE_TABLE,
  type Profile,
  type ProgramSurroundings,
  parseProfiles,
} from '@hybrid-sync/trials';
import { pino } from 'pino';
import { measureStoreRate } from './measure/store-rate.js';
import type { PeakHourOptions } from './options.js';
import { faultsOf, type ModeReport, modeReportOf } from './report/mode-report.js';
import type { PeakHourReport } from './report/peak-hour-report.js';
import { plotOf } from './report/plot.js';
import { tablesOf } from './report/tables.js';
import { runMode, SLOW_MS, STORE_BYTES_PER_SECOND } from './run-mode.js';

/** The whole run: each mode on the same load; writes the document where that was asked for. */
export async function peakHour(
  options: PeakHourOptions,
  { progress, signal }: ProgramSurroundings,
): Promise<PeakHourReport> {
  const { seed, seconds, settle } = options;
  const profile = findProfile(parseProfiles(await readFile(PROFILE_TABLE, 'utf8')), options.profile);
  const document =
    options.write === undefined
      ? undefined
      : await MeasuredDocument.open(join(options.write, 'peak-hour.md'), 'peak-hour');
  const report = await BenchSystem.use(signal, async (system): Promise<PeakHourReport> => {
    const durationMs = seconds * 1000;
    const storeRate = await storeRateOf(system, profile, durationMs, signal);
    progress.say(`the store takes ${storeRate.toFixed(0)} writes/s`);
    const modes: ModeReport[] = [];
    for (const mode of options.modes) {
      const found = await runMode({
        ...{ system, mode, profile, seed, durationMs, storeRate, progress, signal },
        settleMs: settle * 1000,
      });
      modes.push(modeReportOf(found, durationMs));
    }
    const versions = await versionsOf(system);
    const faults = faultsOf(modes);
    return {
      machine: machineFacts(),
      versions,
      seed,
      profile: profile.name,
      seconds,
      storeRate,
      modes,
      faults,
    };
  });
  if (document !== undefined && options.write !== undefined) {
    const plot = join(options.write, 'peak-hour.svg');
    await writeFile(plot, `${await plotOf(report)}\n`);
    await document.write(sectionFor(report));
    progress.say(`the figures are in ${document.file} and ${plot}`);
  }
  return report;
}

async function storeRateOf(
  system: BenchSystem,
  profile: Profile,
  loadMs: number,
  signal: AbortSignal,
): Promise<number> {
  const near = system.stores('rate');
  const line = await system.startDelayLine(near.mongodbUrl, 0, STORE_BYTES_PER_SECOND);
  try {
    const stores = await connectStores(
      settingsOf({ ...near, mongodbUrl: line.url }),
      pino({ level: 'silent' }),
    );
    try {
      await stores.mongo.ensureIndexes();
      return await measureStoreRate(stores.shadows, profile, loadMs, signal);
    } finally {
      await stores.stop();
    }
  } finally {
    await line.stop();
  }
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
