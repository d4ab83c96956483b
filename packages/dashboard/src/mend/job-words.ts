import { type Report, stopReason } from '../client/index.js';
import { html } from '../dom.js';
import { formatCount } from '../format.js';
import { inAll, type Job, lookedAt } from './jobs.js';
import type { KeptReport } from './kept-reports.js';

/** How a run ended: in a sentence, and whether there is nothing to see to. */
export interface Outcome {
  readonly text: string;
  readonly well: boolean;
}

/** What is said of a run once it has ended. `acts`: whether it changed something. */
export function outcomeOf(
  job: Job,
  { report, acts, end }: { readonly report: Report; readonly acts: boolean; readonly end: KeptReport['end'] },
): Outcome {
  // A look that found differences went well, and what it tells is not.
  const well = end === 'complete' && (acts || !(Number(report.differing) > 0));
  const sign = {
    complete: well ? '✓' : '▲',
    cancelled: '◼ Cancelled.',
    left: '◼ The page was left before it ended, and there may be more than this:',
    stopped: `▲ Stopped: ${stopReason(report)}.`,
  }[end];
  const rest = end === 'complete' ? '' : ' It goes on where it ended.';
  return { text: `${sign} ${wordsOf(job, report, acts)}${rest}`, well };
}

/** How far a run is. `look`: what the look before it found; undefined for none. */
export function progressOf(
  job: Job,
  run: { readonly report: Report; readonly look: Report | undefined; readonly acts: boolean },
): HTMLElement[] {
  const { report } = run;
  const done = lookedAt(report);
  const total = inAll(report, run.look);
  const label = { 'aria-label': `${job.title}: how far it is` };
  const bar = total === undefined ? label : { ...label, max: total, value: Math.min(done, total) };
  const rate =
    typeof report.keysPerSecond === 'number' ? `, ${formatCount(report.keysPerSecond)} a second` : '';
  const of = total === undefined ? '' : ` of about ${formatCount(total)}`;
  const words = `${formatCount(done)}${of} looked at${rate}. ${wordsOf(job, report, run.acts)}`;
  return [html('progress', bar), html('p', { class: 'note' }, done === 0 ? 'Begun…' : words)];
}

function wordsOf(job: Job, report: Report, acts: boolean): string {
  return acts && job.act !== undefined ? job.act.did(report) : job.found(report);
}
