import { Counter, type CounterConfiguration } from 'prom-client';
import type { Mutation, SyncMethod } from '../mutation.js';

/**
 * A counter of mutations by what was done and how far they got. They are added up here, and prom-client is told when
 * someone looks: to count there costs it more than the rest of what is counted with a write.
 */
export class AnsweredCounter extends Counter {
  #untold = { set: none(), del: none() };

  constructor(configuration: CounterConfiguration<string>) {
    super({ ...configuration, collect: () => this.#tell() });
  }

  /** One more. */
  count(op: Mutation['op'], method: SyncMethod): void {
    this.#untold[op][method]++;
  }

  #tell(): void {
    const untold = this.#untold;
    this.#untold = { set: none(), del: none() };
    for (const op of ['set', 'del'] as const) {
      for (const [method, count] of Object.entries(untold[op])) this.inc({ op, method }, count);
    }
  }
}

function none(): Record<SyncMethod, number> {
  return { ASYNC_THREAD: 0, EVENT_BASED: 0, JOURNALED: 0 };
}
