import { join } from 'node:path';
import { EXIT, runProgram } from '@hybrid-sync/trials';
import { against } from './against/against.js';
import { comparisonCells } from './against/comparison-cells.js';
import { bench } from './bench.js';
import { decisionCells } from './decision/decision-cells.js';
import { measureDecision } from './decision/measure-decision.js';
import { idle } from './idle/idle.js';
import { idleCells } from './idle/idle-cells.js';
import { million, millionCells } from './million/million.js';
import { parseOptions } from './options.js';
import { profile, profileTables } from './profile/profile.js';
import { MeasuredDocument, measuredSection } from './report/document.js';
import { tablesOf, textOf } from './report/tables.js';
import { tune } from './tune/tune.js';
import { tuningTables } from './tune/tuning-tables.js';

process.exitCode = await runProgram(
  async (surroundings) => {
    const options = parseOptions(process.argv.slice(2), (text) => process.stdout.write(text));
    if (options === undefined) return EXIT.passed;
    if (options.mode === 'tune') {
      const report = await tune(options, commandOf(process.argv.slice(2)), surroundings);
      process.stdout.write(
        `${options.json ? JSON.stringify(report) : textOf(tuningTables(report.results))}\n`,
      );
      return EXIT.passed;
    }
    if (options.mode === 'idle') {
      const report = await idle(options, surroundings);
      process.stdout.write(`${options.json ? JSON.stringify(report) : textOf(idleCells(report))}\n`);
      return EXIT.passed;
    }
    if (options.mode === 'decision') {
      const report = await measureDecision();
      process.stdout.write(`${options.json ? JSON.stringify(report) : textOf([decisionCells(report)])}\n`);
      return EXIT.passed;
    }
    if (options.million !== undefined) {
      const report = await million({ ...options, million: options.million }, surroundings);
      process.stdout.write(`${options.json ? JSON.stringify(report) : textOf([millionCells(report)])}\n`);
      return EXIT.passed;
    }
    if (options.against !== undefined) {
      const report = await against({ ...options, ref: options.against }, surroundings);
      process.stdout.write(`${options.json ? JSON.stringify(report) : textOf([comparisonCells(report)])}\n`);
      return EXIT.passed;
    }
    if (options.profile !== undefined) {
      const report = await profile({ ...options, subject: options.profile }, surroundings);
      surroundings.progress.say(`the profile is ${report.file}; a browser's developer tools can open it`);
      process.stdout.write(`${options.json ? JSON.stringify(report) : textOf(profileTables(report))}\n`);
      return EXIT.passed;
    }
    const document = options.writesDocument
      ? await MeasuredDocument.open(join(options.docs, 'benchmarks.md'))
      : undefined;
    const report = await bench(options, surroundings);
    if (document !== undefined) {
      await document.write(measuredSection(report, commandOf(process.argv.slice(2))));
      surroundings.progress.say(`the figures are in ${document.file}`);
    }
    process.stdout.write(`${options.json ? JSON.stringify(report) : tablesOf(report)}\n`);
    return EXIT.passed;
  },
  { ending: 'stopping everything that was started', ended: '' },
);

/** The command that a reader types to make the same run. */
function commandOf(argv: readonly string[]): string {
  return ['npm run bench', ...(argv.length === 0 ? [] : ['--', ...argv])].join(' ');
}
