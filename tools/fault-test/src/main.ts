import { EXIT, runProgram } from '@hybrid-sync/trials';
import { faultTest } from './fault-test.js';
import { parseOptions } from './options.js';
import { tablesOf } from './report/tables.js';

process.exitCode = await runProgram(
  async (surroundings) => {
    const options = parseOptions(process.argv.slice(2), (text) => process.stdout.write(text));
    if (options === undefined) return EXIT.passed;
    const report = await faultTest(options, surroundings);
    process.stdout.write(`${options.json ? JSON.stringify(report) : tablesOf(report)}\n`);
    return report.faults.length === 0 ? EXIT.passed : EXIT.failed;
  },
  { ending: 'stopping everything that was started', ended: '; nothing is known of cache and shadow' },
);
