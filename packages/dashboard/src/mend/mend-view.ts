import type { Actions } from '../actions.js';
import { byId } from '../dom.js';
import { JobCard } from './job-card.js';
import { JOBS } from './jobs.js';
import { forgetReports } from './kept-reports.js';
import { askedIn } from './report-address.js';

/** The view that compares and mends: `#mend`, or one of its jobs with what is asked of it, as `#mend/verify?keys=user%3A`. */
export class MendView {
  readonly #cards: ReadonlyMap<string, JobCard>;

  constructor(actions: Actions) {
    this.#cards = new Map(JOBS.map((job) => [job.name, new JobCard(job, actions)]));
    byId('mend', HTMLElement).append(...[...this.#cards.values()].map(({ element }) => element));
  }

  /** Shows the job that the page's address names, if one is, and its report. */
  show(): void {
    const asking = askedIn(location.hash);
    this.#cards.get(asking.job)?.open(asking);
  }

  /** Forgets what was told to another reader. */
  clear(): void {
    forgetReports();
    for (const card of this.#cards.values()) card.clear();
  }
}
