import { join } from 'node:path';
import {
  type Cells,
  commandOf,
  type ProgramSurroundings,
  type Result,
  runTrial,
  textOf,
} from '@hybrid-sync/trials';
import { against } from './against/against.js';
import { comparisonCells } from './against/comparison.js';
import { bench } from './bench.js';
import { decisionCells, measureDecision } from './decision/decision.js';
import { idle, idleCells } from './idle/idle.js';
import type { Measuring } from './measure/measuring.js';
import { million, millionCells } from './million/million.js';
import { type BenchOptions, parseOptions } from './options.js';
import { profile, profileTables } from './profile/profile.js';
import { benchTables } from './report/cells.js';
import { type MeasuredDocument, measuredSection, openMeasuredDocument } from './report/document.js';
import { withBenchSystem } from './system/bench-system.js';
import { tune } from './tune/tune.js';
import { tuningTables } from './tune/tuning-tables.js';

process.exitCode = await runTrial(parseOptions, run);

async function run(options: BenchOptions, surroundings: ProgramSurroundings): Promise<Result> {
  const { mode, docs, writesDocument } = options;
  if (mode === 'decision') return shown(await measureDecision(), decisionCells);
  if (options.against !== undefined) {
    return shown(await against(options, options.against, surroundings), comparisonCells);
  }
  const file = mode === 'tune' ? 'tuning.md' : writesDocument ? 'benchmarks.md' : undefined;
  const document = file === undefined ? undefined : await openMeasuredDocument(join(docs, file));
  return withBenchSystem(surroundings.signal, (system) =>
    measured({ ...surroundings, system, options }, document),
  );
}

async function measured(given: Measuring, document: MeasuredDocument | undefined): Promise<Result> {
  const { mode, million: keys, profile: subject } = given.options;
  if (mode === 'idle') return shown(await idle(given), idleCells);
  if (keys !== undefined) return shown(await million(given, keys), millionCells);
  if (subject !== undefined) return shown(await profile(given, subject), profileTables);
  if (mode === 'tune') return shown(await tune(given, document), ({ results }) => tuningTables(results));
  const report = await bench(given);
  await document?.write(measuredSection(report, commandOf('bench')));
  if (document !== undefined) given.progress.say(`the figures are in ${document.file}`);
  return shown(report, benchTables);
}

function shown<Report extends object>(report: Report, tablesOf: (report: Report) => Cells | Cells[]): Result {
  return { report, text: textOf([tablesOf(report)].flat()) };
}
