import { EXIT, runProgram } from '@hybrid-sync/replay';
import { bench } from './bench.js';
import { parseOptions } from './options.js';
import { tablesOf } from './report/tables.js';

process.exitCode = await runProgram(
  async (surroundings) => {
    const options = parseOptions(process.argv.slice(2), (text) => process.stdout.write(text));
    if (options === undefined) return EXIT.passed;
    const report = await bench(options, surroundings);
    process.stdout.write(`${options.json ? JSON.stringify(report) : tablesOf(report)}\n`);
    return EXIT.passed;
  },
  { ending: 'stopping everything that was started', ended: '' },
);
