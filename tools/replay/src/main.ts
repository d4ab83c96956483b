import { runTrial } from '@hybrid-sync/trials';
import { parseOptions } from './options.js';
import { replay, resumeFastPath } from './replay.js';
import { tablesOf } from './report/tables.js';

process.exitCode = await runTrial(
  parseOptions,
  async (options, surroundings) => {
    if (options.resumeFastPath) {
      await resumeFastPath(options, process.env);
      return { report: { resumed: true }, text: 'the fast queue is resumed' };
    }
    const report = await replay(options, process.env, surroundings);
    return { report, text: tablesOf(report), faults: report.faults };
  },
  {
    ending: 'ending; if the fast queue is paused it is resumed first',
    ended: '; nothing is known of cache and shadow',
  },
);
