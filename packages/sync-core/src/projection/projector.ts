import type { Logger } from 'pino';
import type { Journal } from '../cache/journal.js';
import { reasonOf } from '../errors.js';
import type { Outbox } from '../store/outbox.js';
import { drainSlot } from './drain-slot.js';
import type { DrainStores } from './drain-stores.js';
import type { ProjectionQueue } from './projection-queue.js';

/** What a projector is given. */
export interface ProjectorOptions {
  readonly stores: DrainStores & {
    readonly journal: Pick<Journal, 'slotsOverdue'>;
    readonly outbox: Pick<Outbox, 'slotsWaiting'>;
  };
  readonly queue: Pick<ProjectionQueue, 'wake'>;
  /** Opens the worker that calls `drain` for woken slots. */
  readonly openWorker: (drain: (slot: number) => Promise<void>) => { stop(): Promise<void> };
  readonly batch: number;
  readonly recoverAfterMs: number;
  readonly sweepMs: number;
  readonly log: Logger;
}

/**
 * Drains slots when woken, and sweeps at an interval for slots with work left: wake-ups that were lost, events that
 * are due again, journal entries that have become overdue. Every projector sweeps; the wake-ups coalesce.
 */
export class Projector {
  readonly #options: ProjectorOptions;
  readonly #stopping = new AbortController();
  #worker: { stop(): Promise<void> } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;
  #failing = false;

  constructor(options: ProjectorOptions) {
    this.#options = options;
  }

  /** Begins to drain and to sweep. */
  start(): void {
    const { stores, batch, recoverAfterMs } = this.#options;
    this.#worker ??= this.#options.openWorker((slot) =>
      drainSlot(slot, stores, { batch, recoverAfterMs }, this.#stopping.signal),
    );
    this.#sweeping ??= this.#sweep();
  }

  /** Ends sweeping and resolves when the batches in hand are through. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#sweeping;
    await this.#worker?.stop();
  }

  async #sweep(): Promise<void> {
    const { stores, queue, recoverAfterMs, sweepMs, log } = this.#options;
    try {
      const before = (await stores.journal.now()) - recoverAfterMs;
      const [waiting, overdue] = await Promise.all([
        stores.outbox.slotsWaiting(),
        stores.journal.slotsOverdue(before),
      ]);
      const slots = new Set([...waiting, ...overdue]);
      if (slots.size > 0) await queue.wake(slots);
      if (this.#failing) log.info('sweeping again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        log.warn({ reason: reasonOf(error) }, 'the sweep failed; trying again at the next one');
      this.#failing = true;
    }
    if (this.#stopping.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#sweeping = this.#sweep();
    }, sweepMs);
  }
}
