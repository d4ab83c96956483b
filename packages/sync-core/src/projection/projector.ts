import type { Logger } from 'pino';
import type { Journal } from '../cache/journal.js';
import type { SettingsChange } from '../config/live-settings.js';
import type { Settings } from '../config/settings.js';
import type { DrainHealth } from '../control/drain-health.js';
import { failureName } from '../control/failure-name.js';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';
import type { DeadLetters } from '../store/dead-letters.js';
import type { Outbox } from '../store/outbox.js';
import type { DrainStores } from './drain-stores.js';
import { Drains, type DrainsParts } from './drains.js';
import type { ProjectionQueue, ProjectionWorker } from './projection-queue.js';
import type { SlotLease } from './slot-lease.js';
import { fallsTo, UntakenSlots } from './untaken-slots.js';

/** The settings on which it depends. */
const PACE = [
  'projectorConcurrency',
  'projectorBatch',
  'projectorPaused',
  'projectorSweepMs',
  'recoverAfterMs',
] as const;

/** Time between two looks for events that no drain finds, in milliseconds. */
const BETWEEN_LOOKS_MS = 60_000;

/** What a projector is given. */
export interface ProjectorOptions {
  readonly stores: DrainStores & {
    readonly journal: Pick<Journal, 'slotsOverdue'>;
    readonly outbox: Pick<Outbox, 'slotsWaiting' | 'dueHeads'>;
    readonly deadLetters: Pick<DeadLetters, 'giveUpUnreachable'>;
  };
  /** How many slots there are. */
  readonly slots: number;
  readonly queue: Pick<ProjectionQueue, 'wake'>;
  readonly lease: Pick<SlotLease, 'take' | 'held'>;
  /** Opens the worker that calls `drain` for woken slots. */
  readonly openWorker: (
    drain: (slot: number) => Promise<void>,
  ) => Pick<ProjectionWorker, 'stop' | 'concurrency'>;
  /** This projector's name, and those of all that live, as far as is known. */
  readonly name: string;
  readonly projectors: () => Promise<readonly string[]>;
  /** How fast it works. */
  readonly settings: () => ReturnType<DrainsParts['settings']> & Pick<Settings, 'projectorSweepMs'>;
  /** Is told whether drains and sweeps succeed. */
  readonly health: DrainHealth;
  readonly log: Logger;
}

/** While something fails, a projector sweeps at least this often, in milliseconds. */
const RETRY_MS = 2000;

/**
 * Drains slots when woken, and sweeps at an interval for slots with work left: wake-ups that were lost, events that
 * are due again, journal entries that have become overdue. Every projector sweeps; slots in hand are left alone, and the
 * wake-ups coalesce. What wake-ups do not bring about, since their queue is paused, out of memory, or has forgotten half
 * of what it held, the sweep does itself: slots that no one takes within a few sweeps are drained without a wake-up.
 */
export class Projector {
  readonly #options: ProjectorOptions;
  readonly #drains: Drains;
  readonly #untaken = new UntakenSlots();
  readonly #sweeps: Repeater;
  #stopped = false;
  #worker: Pick<ProjectionWorker, 'stop' | 'concurrency'> | undefined;
  #failing = false;
  /** Whether the last sweep found slots with work, or in hand. */
  #foundWork = false;
  #wakeFailing: string | undefined;
  /** When to look for events next that no drain finds, on the process's own clock. */
  #lookForUnreachableAt = 0;

  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.#drains = new Drains(options);
    const { settings, health } = options;
    this.#sweeps = new Repeater(
      () => this.#sweep(),
      () => {
        const { projectorSweepMs } = settings();
        return health.doubtful ? Math.min(projectorSweepMs, RETRY_MS) : projectorSweepMs;
      },
    );
  }

  /** Slots in hand. */
  get draining(): number {
    return this.#drains.active;
  }

  /** Begins to drain and to sweep. */
  start(): void {
    this.#worker ??= this.#options.openWorker((slot) => this.#drain(slot));
    this.#sweeps.start();
  }

  /** Ends sweeping and resolves when the batches in hand are through. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const drained = this.#drains.stop();
    await this.#sweeps.stop();
    await Promise.all([drained, this.#worker?.stop()]);
  }

  /** With another pace drains in hand end after their batch, and their slots are woken again for it. */
  settingsChanged({ names, current }: SettingsChange): void {
    if (!PACE.some((name) => names.includes(name))) return;
    if (this.#worker !== undefined) this.#worker.concurrency = current.projectorConcurrency;
    this.#drains.turnOver();
    this.#sweeps.pauseChanged();
  }

  async #drain(slot: number): Promise<void> {
    const { health, queue } = this.#options;
    let ended: boolean;
    try {
      ended = await this.#drains.woken(slot);
    } catch (error) {
      // The pause until the next sweep is a shorter one now.
      if (health.doubtful) this.#sweeps.pauseChanged();
      throw error;
    }
    // Kept until this job has ended; should it be lost, the next sweep makes up for it.
    if (ended && !this.#stopped) await queue.wake([slot]);
  }

  /** Such events would count as work that waits for ever. They are as good as never there, so they are looked for seldom. */
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
    const { stores, settings, health, log } = this.#options;
    if (settings().projectorPaused) {
      // Nothing is expected of it, so nothing fails.
      health.swept(new Set());
      return;
    }
    health.sweeping();
    try {
      const inHand = await this.#surelyInHand();
      const [waiting, overdue] = await Promise.all([
        stores.outbox.slotsWaiting(this.#options.slots, inHand),
        stores.journal.slotsOverdue(settings().recoverAfterMs),
      ]);
      const slots = [...new Set([...waiting, ...overdue.keys()])];
      health.swept(new Set([...slots, ...inHand]));
      this.#foundWork = slots.length + inHand.size > 0;
      const free = await this.#notInHand(slots);
      const woken = free.length === 0 || (await this.#wake(free));
      await this.#takeUntaken(free, overdue, woken);
      await this.#giveUpUnreachable();
      if (this.#failing) log.info('sweeping again');
      this.#failing = false;
      stores.metrics.swept('done');
    } catch (error) {
      health.notSwept(failureName(error));
      if (!this.#failing && !this.#stopped)
        log.warn({ reason: reasonOf(error) }, 'the sweep failed; trying again at the next one');
      this.#failing = true;
      stores.metrics.swept('failed');
    }
  }

  /**
   * Slots in which a sweep need not look for events: someone drains them. Each look goes through all that waits where it
   * looks, so with a backlog the looks of all projectors would cost the store as much as a good part of the drains. Where
   * this projector drains nothing and its last sweep found no work, one look costs less than asking for the leases.
   */
  async #surelyInHand(): Promise<ReadonlySet<number>> {
    const { lease, slots } = this.#options;
    if (this.#drains.active === 0 && !this.#foundWork) return new Set();
    return lease.held(Array.from({ length: slots }, (_, slot) => slot));
  }

  /**
   * Those of the slots that no one drains now. A wake-up of one in hand would be kept until that drain has ended, and then
   * bring about another one, which finds nothing: more of them, the more projectors sweep.
   */
  async #notInHand(slots: readonly number[]): Promise<number[]> {
    if (slots.length === 0) return [];
    const inHand = await this.#options.lease.held(slots);
    return slots.filter((slot) => !inHand.has(slot));
  }

  /** Whether the wake-ups were sent. */
  async #wake(slots: readonly number[]): Promise<boolean> {
    const { queue, log } = this.#options;
    try {
      await queue.wake(slots);
      this.#wakeFailing = undefined;
      return true;
    } catch (error) {
      const cause = failureName(error);
      if (cause !== this.#wakeFailing && !this.#stopped)
        log.warn({ cause, reason: reasonOf(error) }, 'no projector can be woken; sweeps drain by themselves');
      this.#wakeFailing = cause;
      return false;
    }
  }

  /** Drains, as far as there are places, the slots that no one takes. Events that failed are not due for a while. */
  async #takeUntaken(
    slots: readonly number[],
    overdue: ReadonlyMap<number, number>,
    woken: boolean,
  ): Promise<void> {
    const { stores, name, projectors, log } = this.#options;
    let heads = new Map<number, string>();
    if (slots.length > 0) {
      const events = await stores.outbox.dueHeads(slots);
      // Where events wait, entries say nothing: those of writes under way come and go, whoever drains.
      const withWork = slots.filter((slot) => events.has(slot) || overdue.has(slot));
      heads = new Map(withWork.map((slot) => [slot, `${events.get(slot) ?? `entry ${overdue.get(slot)}`}`]));
    }
    const known = slots.length === 0 ? [] : await projectors();
    const isOwn = (slot: number) => fallsTo(name, known, slot);
    const untaken = this.#untaken.after({ heads, woken, isOwn });
    const taken = untaken.filter((slot) => this.#drains.take(slot));
    if (taken.length > 0) {
      stores.metrics.taken(taken.length);
      log.debug({ slots: taken }, 'slots that no wake-up brings about are drained without');
    }
  }
}
