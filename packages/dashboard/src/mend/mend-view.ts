import type { Actions } from '../actions.js';
import { byId } from '../dom.js';
import { JobCard } from './job-card.js';
import { JOBS } from './jobs.js';

/** The view that compares and mends: `#mend`, or one of its jobs with its keys, as `#mend/verify/user:`. */
export class MendView {
  readonly #cards: ReadonlyMap<string, JobCard>;

  constructor(actions: Actions) {
    this.#cards = new Map(JOBS.map((job) => [job.name, new JobCard(job, actions)]));
    byId('mend', HTMLElement).append(...[...this.#cards.values()].map(({ element }) => element));
  }

  /** Shows the job that is named, if one is. */
  show(detail: string): void {
    const [name = '', ...keys] = detail.split('/');
    this.#cards.get(name)?.open(keys.join('/'));
  }

  /** Forgets what was told to another reader. */
  clear(): void {
    for (const card of this.#cards.values()) card.clear();
  }
}
