import type { Logger } from 'pino';
import type { Journal } from '../cache/journal.js';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';
import type { DeadLetters } from '../store/dead-letters.js';
import type { Outbox } from '../store/outbox.js';
import { DrainPace, type DrainPaceBounds } from './drain-pace.js';
import { drainSlot } from './drain-slot.js';
import type { DrainBounds, DrainStores } from './drain-stores.js';
import type { ProjectionQueue, ProjectionWorker } from './projection-queue.js';

/** How fast a projector works; read at each use, so all of it may change. */
export interface ProjectorPace extends DrainBounds, DrainPaceBounds {
  /** Time between two sweeps, in milliseconds. */
  readonly sweepMs: number;
}

/** Time between two looks for events that no drain finds, in milliseconds. */
const BETWEEN_LOOKS_MS = 60_000;

/** What a projector is given. */
export interface ProjectorOptions {
  readonly stores: DrainStores & {
    readonly journal: Pick<Journal, 'slotsOverdue'>;
    readonly outbox: Pick<Outbox, 'slotsWaiting'>;
    readonly deadLetters: Pick<DeadLetters, 'giveUpUnreachable'>;
  };
  /** How many slots there are. */
  readonly slots: number;
  readonly queue: Pick<ProjectionQueue, 'wake'>;
  /** Opens the worker that calls `drain` for woken slots. */
  readonly openWorker: (
    drain: (slot: number) => Promise<void>,
  ) => Pick<ProjectionWorker, 'stop' | 'concurrency'>;
  readonly pace: ProjectorPace;
  readonly log: Logger;
}

/**
 * Drains slots when woken, and sweeps at an interval for slots with work left: wake-ups that were lost, events that
 * are due again, journal entries that have become overdue. Every projector sweeps; the wake-ups coalesce.
 */
export class Projector {
  readonly #options: ProjectorOptions;
  readonly #drainPace: DrainPace;
  readonly #sweeps: Repeater;
  /** Aborts when the drains now in hand are to end after their batch. */
  #turn = new AbortController();
  #stopped = false;
  #worker: Pick<ProjectionWorker, 'stop' | 'concurrency'> | undefined;
  #failing = false;
  #draining = 0;
  /** When to look for events next that no drain finds, on the process's own clock. */
  #lookForUnreachableAt = 0;

  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.#drainPace = new DrainPace(options.stores, options.pace);
    this.#sweeps = new Repeater(
      () => this.#sweep(),
      () => options.pace.sweepMs,
    );
  }

  /** Slots in hand. */
  get draining(): number {
    return this.#draining;
  }

  /** Begins to drain and to sweep. */
  start(): void {
    this.#worker ??= this.#options.openWorker((slot) => this.#drain(slot));
    this.#sweeps.start();
  }

  /** Ends sweeping and resolves when the batches in hand are through. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#turn.abort();
    await this.#sweeps.stop();
    await this.#worker?.stop();
  }

  /**
   * The pace is another one now, and so many slots may be drained at the same time. Drains in hand, which may have
   * hours of work left, end after their batch, and their slots are woken again for the new pace.
   */
  paceChanged(concurrency: number): void {
    if (this.#worker !== undefined) this.#worker.concurrency = concurrency;
    this.#turn.abort();
    this.#turn = new AbortController();
    this.#sweeps.pauseChanged();
  }

  async #drain(slot: number): Promise<void> {
    const { stores, pace, queue } = this.#options;
    const drainPace = this.#drainPace;
    const bounds: DrainBounds = {
      recoverAfterMs: pace.recoverAfterMs,
      get batch() {
        return drainPace.batch;
      },
    };
    const { signal } = this.#turn;
    const startedAt = performance.now();
    let outcome: 'done' | 'failed' = 'failed';
    this.#draining++;
    try {
      await drainSlot(slot, drainPace.stores, bounds, signal);
      outcome = 'done';
    } finally {
      this.#draining--;
      stores.metrics.drained(outcome, (performance.now() - startedAt) / 1000);
    }
    // Kept until this job has ended; should it be lost, the next sweep makes up for it.
    if (signal.aborted && !this.#stopped) await queue.wake([slot]);
  }

  /** Such events would count as work that waits for ever. Looking for them reads all that waits, so it is done seldom. */
  async #giveUpUnreachable(): Promise<void> {
    if (performance.now() < this.#lookForUnreachableAt) return;
    const { stores, slots, log } = this.#options;
    const events = await stores.deadLetters.giveUpUnreachable(slots);
    this.#lookForUnreachableAt = performance.now() + BETWEEN_LOOKS_MS;
    if (events === 0) return;
    stores.metrics.deadLettered(events);
    log.error({ events }, 'events in no slot, or without a version, are dead letters now');
  }

  async #sweep(): Promise<void> {
    const { stores, queue, pace, log } = this.#options;
    try {
      const before = (await stores.journal.now()) - pace.recoverAfterMs;
      const [waiting, overdue] = await Promise.all([
        stores.outbox.slotsWaiting(this.#options.slots),
        stores.journal.slotsOverdue(before),
      ]);
      const slots = new Set([...waiting, ...overdue]);
      if (slots.size > 0) await queue.wake(slots);
      await this.#giveUpUnreachable();
      if (this.#failing) log.info('sweeping again');
      this.#failing = false;
      stores.metrics.swept('done');
    } catch (error) {
      if (!this.#failing)
        log.warn({ reason: reasonOf(error) }, 'the sweep failed; trying again at the next one');
      this.#failing = true;
      stores.metrics.swept('failed');
    }
  }
}
