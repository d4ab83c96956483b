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
import { comparisonCells } from './against/comparison-cells.js';
import { bench } from './bench.js';
import { decisionCells } from './decision/decision-cells.js';
import { measureDecision } from './decision/measure-decision.js';
import { idle } from './idle/idle.js';
import { idleCells } from './idle/idle-cells.js';
import { million, millionCells } from './million/million.js';
import { type BenchOptions, parseOptions } from './options.js';
import { profile, profileTables } from './profile/profile.js';
import { benchTables } from './report/cells.js';
import { MeasuredDocument, measuredSection } from './report/document.js';
import { tune } from './tune/tune.js';
import { tuningTables } from './tune/tuning-tables.js';

process.exitCode = await runTrial(parseOptions, run);

async function run(options: BenchOptions, surroundings: ProgramSurroundings): Promise<Result> {
  if (options.mode === 'tune') {
    return shown(await tune(options, surroundings), ({ results }) => tuningTables(results));
  }
  if (options.mode === 'idle') return shown(await idle(options, surroundings), idleCells);
  if (options.mode === 'decision') return shown(await measureDecision(), decisionCells);
  if (options.million !== undefined) {
    return shown(await million({ ...options, million: options.million }, surroundings), millionCells);
  }
  if (options.against !== undefined) {
    return shown(await against({ ...options, ref: options.against }, surroundings), comparisonCells);
  }
  if (options.profile !== undefined) {
    const report = await profile({ ...options, subject: options.profile }, surroundings);
    surroundings.progress.say(`the profile is ${report.file}; a browser's developer tools can open it`);
    return shown(report, profileTables);
  }
  const document = options.writesDocument
    ? await MeasuredDocument.open(join(options.docs, 'benchmarks.md'))
    : undefined;
  const report = await bench(options, surroundings);
  if (document !== undefined) {
    await document.write(measuredSection(report, commandOf('bench')));
    surroundings.progress.say(`the figures are in ${document.file}`);
  }
  return shown(report, benchTables);
}

function shown<Report extends object>(report: Report, tablesOf: (report: Report) => Cells | Cells[]): Result {
  return { report, text: textOf([tablesOf(report)].flat()) };
}
