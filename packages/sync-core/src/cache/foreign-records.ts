import type { Logger } from 'pino';
import type { Metrics } from '../metrics/metrics.js';

/** Names that are logged; what else is found is only counted, so that no log is filled by it. */
const MOST_NAMES = 1000;

/** Where a record was found that is none of ours: at a pair's name, or in a slot's journal. */
export type ForeignPlace = 'pair' | 'journal';

/** Counts what lies where a record of ours should be, and names each once. It counts as no record, and the rest goes on. */
export class ForeignRecords {
  readonly #log: Logger;
  readonly #metrics: Pick<Metrics, 'foreignFound'> | undefined;
  readonly #named = new Set<string>();

  constructor(log: Logger, metrics?: Pick<Metrics, 'foreignFound'>) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** Something was found; `name`: of the Redis key, or of the entry; `what`: what it is, never its content. */
  found(place: ForeignPlace, name: string, what: string): void {
    this.#metrics?.foreignFound(place);
    const id = `${place} ${name}`;
    if (this.#named.has(id) || this.#named.size >= MOST_NAMES) return;
    this.#named.add(id);
    this.#log.warn(
      { place, name, what },
      place === 'pair'
        ? 'something else lies at the name of a pair: it counts as no pair, and only a write or a delete of its key replaces it'
        : 'a journal entry is none of ours and was removed',
    );
  }
}
