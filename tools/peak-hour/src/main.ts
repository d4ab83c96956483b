import { failedFor, runTrial, textOf } from '@hybrid-sync/trials';
import { parseOptions } from './options.js';
import { peakHour } from './peak-hour.js';
import { tablesOf } from './report/tables.js';

process.exitCode = await runTrial(
  parseOptions,
  async (options, surroundings) => {
    const report = await peakHour(options, surroundings);
    const verdict = report.faults.length === 0 ? 'PASSED' : failedFor(report.faults);
    return { report, text: `${textOf(tablesOf(report.modes))}\n${verdict}`, faults: report.faults };
  },
  { ended: '; nothing is known of cache and shadow' },
);
