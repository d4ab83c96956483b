import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';

/** The queues that someone's tool may pause. */
export type QueueName = 'fast' | 'projection';

/** Time between two looks, in milliseconds. */
const LOOK_MS = 1000;
const MEANING: Readonly<Record<QueueName, string>> = {
  fast: 'someone has paused the fast queue: writes take the outbox until it is resumed',
  projection:
    'someone has paused the projection queue: slots are drained by the sweeps alone, later, until it is resumed',
};

/** Sees whether someone has paused a queue, and says so in the log; while it can't be seen, what was seen last stands. */
export class QueuePauses {
  readonly #queues: Readonly<Partial<Record<QueueName, { isPaused(): Promise<boolean> }>>>;
  readonly #log: Logger;
  readonly #looks: Repeater;
  #paused: readonly QueueName[] = [];

  constructor(queues: Readonly<Partial<Record<QueueName, { isPaused(): Promise<boolean> }>>>, log: Logger) {
    this.#queues = queues;
    this.#log = log;
    this.#looks = new Repeater(
      () => this.#look(),
      () => LOOK_MS,
    );
  }

  /** The queues that are paused, as last seen. */
  get paused(): readonly QueueName[] {
    return this.#paused;
  }

  /** For the metrics: 1 for each queue that is paused, 0 for each other one. */
  series(): (readonly [{ readonly queue: QueueName }, number])[] {
    return this.#names.map((queue) => [{ queue }, Number(this.#paused.includes(queue))] as const);
  }

  /** Begins to look. */
  start(): void {
    this.#looks.start();
  }

  /** Ends looking; resolves when a look under way has ended. */
  async stop(): Promise<void> {
    await this.#looks.stop();
  }

  get #names(): QueueName[] {
    return Object.keys(this.#queues) as QueueName[];
  }

  async #look(): Promise<void> {
    try {
      const names = this.#names;
      const states = await Promise.all(names.map((name) => this.#queues[name]?.isPaused()));
      const paused = names.filter((_, index) => states[index]);
      for (const queue of paused.filter((name) => !this.#paused.includes(name)))
        this.#log.warn({ queue }, MEANING[queue]);
      for (const queue of this.#paused.filter((name) => !paused.includes(name)))
        this.#log.info({ queue }, 'the queue was resumed');
      this.#paused = paused;
    } catch (error) {
      this.#log.debug({ reason: reasonOf(error) }, 'whether the queues are paused can not be seen');
    }
  }
}
