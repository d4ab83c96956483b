import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';
import type { ProjectedMutations } from './projection-counts.js';

/** Time between two reports, in milliseconds. */
const REPORT_MS = 1000;

/**
 * Adds what this projector does to what all of them have done, once a second, and not while it has nothing to do.
 * What can't be told is told with the next report. After one whose end is unknown, some mutations may be counted twice
 * or, when the process dies, never: the counts are for people, nothing is decided by them.
 */
export class ProgressReporter {
  readonly #done: () => ProjectedMutations;
  readonly #add: (done: ProjectedMutations) => Promise<void>;
  readonly #log: Logger;
  readonly #reports = new Repeater(
    () => this.#report(),
    () => REPORT_MS,
  );
  #told: ProjectedMutations = { outbox: 0, journal: 0 };

  /** `done`: what this process has done since its start; `add` adds to what all have done. */
  constructor(done: () => ProjectedMutations, add: (done: ProjectedMutations) => Promise<void>, log: Logger) {
    this.#done = done;
    this.#add = add;
    this.#log = log;
  }

  /** Begins to report. */
  start(): void {
    this.#reports.start();
  }

  /** Reports what is left, and ends. */
  async stop(): Promise<void> {
    await this.#reports.stop();
    await this.#report();
  }

  async #report(): Promise<void> {
    const done = { ...this.#done() };
    const more = { outbox: done.outbox - this.#told.outbox, journal: done.journal - this.#told.journal };
    if (more.outbox === 0 && more.journal === 0) return;
    try {
      await this.#add(more);
      this.#told = done;
    } catch (error) {
      this.#log.debug({ reason: reasonOf(error) }, 'what was projected is told with the next report');
    }
  }
}
