import { runTrial } from '@hybrid-sync/trials';
import { faultTest } from './fault-test.js';
import { parseOptions } from './options.js';
import { tablesOf } from './report/tables.js';

process.exitCode = await runTrial(
  parseOptions,
  async (options, surroundings) => {
    const report = await faultTest(options, surroundings);
    return { report, text: tablesOf(report), faults: report.faults };
  },
  { ended: '; nothing is known of cache and shadow' },
);
