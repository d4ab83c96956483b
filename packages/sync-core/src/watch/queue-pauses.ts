import type { Logger } from 'pino';
import { z } from 'zod';

/** The queues that someone's tool may pause. */
export type QueueName = 'fast' | 'projection';

/** What a list of those that are paused has to be like. */
export const pausedQueues: z.ZodType<readonly QueueName[]> = z.array(z.enum(['fast', 'projection']));

const MEANING: Readonly<Record<QueueName, string>> = {
  fast: 'someone has paused the fast queue: writes take the outbox until it is resumed',
  projection:
    'someone has paused the projection queue: slots are drained by the sweeps alone, later, until it is resumed',
};

/** Whether someone has paused a queue, which it says in the log; while it can't be seen, what was seen last stands. */
export class QueuePauses {
  readonly #names: readonly QueueName[];
  readonly #log: Logger;
  #paused: readonly QueueName[] = [];

  /** `names`: the queues that are of interest in this process. */
  constructor(names: readonly QueueName[], log: Logger) {
    this.#names = names;
    this.#log = log;
  }

  /** The queues that are paused, as last seen. */
  get paused(): readonly QueueName[] {
    return this.#paused;
  }

  /** For the metrics: 1 for each queue that is paused, 0 for each other one. */
  series(): (readonly [{ readonly queue: QueueName }, number])[] {
    return this.#names.map((queue) => [{ queue }, Number(this.#paused.includes(queue))] as const);
  }

  /** Takes in which queues are paused now. */
  seen(queues: readonly QueueName[]): void {
    const paused = this.#names.filter((name) => queues.includes(name));
    for (const queue of paused.filter((name) => !this.#paused.includes(name)))
      this.#log.warn({ queue }, MEANING[queue]);
    for (const queue of this.#paused.filter((name) => !paused.includes(name)))
      this.#log.info({ queue }, 'the queue was resumed');
    this.#paused = paused;
  }
}
