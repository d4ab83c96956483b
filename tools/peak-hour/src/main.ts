import { textOf } from '@hybrid-sync/bench';
import { EXIT, runProgram } from '@hybrid-sync/trials';
import { parseOptions } from './options.js';
import { peakHour } from './peak-hour.js';
import { modeCells, outcomeCells, phaseCells } from './report/tables.js';

process.exitCode = await runProgram(
  async (surroundings) => {
    const argv = process.argv.slice(2);
    const options = parseOptions(argv, (text) => process.stdout.write(text));
    if (options === undefined) return EXIT.passed;
    const command = ['npm run peak-hour', ...(argv.length === 0 ? [] : ['--', ...argv])].join(' ');
    const report = await peakHour(options, command, surroundings);
    const { modes, faults } = report;
    const tables = textOf([modeCells(modes), phaseCells(modes), outcomeCells(modes)]);
    const verdict =
      faults.length === 0 ? 'PASSED' : `FAILED\n${faults.map((fault) => `- ${fault}`).join('\n')}`;
    process.stdout.write(`${options.json ? JSON.stringify(report) : `${tables}\n${verdict}`}\n`);
    return faults.length === 0 ? EXIT.passed : EXIT.failed;
  },
  { ending: 'stopping everything that was started', ended: '; nothing is known of cache and shadow' },
);
