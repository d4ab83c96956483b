import type { Report } from '../client/index.js';
import type { TaskEnd } from './long-task.js';
import type { Asking } from './report-address.js';

/** Under which name reports are kept: for this tab, until it is closed or its token is another. */
const NAME = 'hybrid-sync.reports';
/** Reports that are kept, the last ones. */
const MOST = 10;

/** A report, with what it is of. */
export interface KeptReport extends Asking {
  /** Whether it tells what was done, and not what was looked for. */
  readonly acts: boolean;
  /** How it ended; "left": the page was left while it ran. */
  readonly end: TaskEnd | 'left';
  readonly told: Report;
}

/** Keeps a report over a reload; it replaces the one that was begun at the same time. */
export function keepReport(report: KeptReport): void {
  const kept = [...reports().filter((each) => each.report !== report.report), report].slice(-MOST);
  // A browser keeps some megabytes: the older ones go first.
  while (kept.length > 0) {
    try {
      sessionStorage.setItem(NAME, JSON.stringify(kept));
      return;
    } catch {
      kept.shift();
    }
  }
}

/** The report that an address asks for, where this tab has it. */
export function keptReport({ job, report }: Asking): KeptReport | undefined {
  return reports().find((each) => each.job === job && each.report === report);
}

/** Forgets all reports: another reader may not be allowed to see them. */
export function forgetReports(): void {
  sessionStorage.removeItem(NAME);
}

function reports(): readonly KeptReport[] {
  return JSON.parse(sessionStorage.getItem(NAME) ?? '[]') as KeptReport[];
}
