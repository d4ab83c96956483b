import type { Logger } from 'pino';
import type { Journal } from '../cache/journal.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Outbox } from '../store/outbox.js';
import type { ShadowStore } from '../store/shadow-store.js';
import type { DrainMarker } from './drain-marker.js';

/** What a drain reads from and writes to. */
export interface DrainStores {
  readonly journal: Pick<Journal, 'overdue' | 'remove' | 'now'>;
  readonly outbox: Pick<Outbox, 'add' | 'due' | 'markProcessed' | 'markFailed' | 'putOff'>;
  readonly shadows: Pick<ShadowStore, 'apply'>;
  readonly marker: Pick<DrainMarker, 'put' | 'find' | 'remove'>;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** What bounds a drain. */
export interface DrainBounds {
  /** Events, and journal entries, read at once; asked for before each reading, so it may change during a drain. */
  readonly batch: number;
  /** Age from which a journal entry is overdue, in milliseconds. */
  readonly recoverAfterMs: number;
}
