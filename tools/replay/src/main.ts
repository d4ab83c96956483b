import { EXIT, runProgram } from '@hybrid-sync/trials';
import { parseOptions } from './options.js';
import { replay, resumeFastPath } from './replay.js';
import { tablesOf } from './report/tables.js';

process.exitCode = await runProgram(
  async (surroundings) => {
    const options = parseOptions(process.argv.slice(2), (text) => process.stdout.write(text));
    if (options === undefined) return EXIT.passed;
    if (options.resumeFastPath) {
      await resumeFastPath(options, process.env);
      console.log('the fast queue is resumed');
      return EXIT.passed;
    }
    const report = await replay(options, { env: process.env, ...surroundings });
    process.stdout.write(`${options.json ? JSON.stringify(report) : tablesOf(report)}\n`);
    return report.faults.length === 0 ? EXIT.passed : EXIT.failed;
  },
  {
    ending: 'ending; if the fast queue is paused it is resumed first',
    ended: '; nothing is known of cache and shadow',
  },
);
