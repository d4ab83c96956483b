import type { Logger } from 'pino';
import type { Reads } from '../config/live-settings.js';
import type { DrainHealth } from '../control/drain-health.js';
import { failureName } from '../control/failure-name.js';
import { reasonOf } from '../errors.js';
import { DrainPace, type DrainPaceSetting } from './drain-pace.js';
import { drainSlot } from './drain-slot.js';
import type { DrainBounds, DrainStores } from './drain-stores.js';
import type { SlotLease } from './slot-lease.js';

/** What {@link Drains} work with. */
export interface DrainsParts {
  readonly stores: DrainStores;
  readonly settings: Reads<'projectorConcurrency' | 'projectorPaused' | 'recoverAfterMs' | DrainPaceSetting>;
  readonly lease: Pick<SlotLease, 'take'>;
  /** Is told of the outcome of each. */
  readonly health: Pick<DrainHealth, 'drained' | 'notDrained'>;
  readonly log: Logger;
}

/**
 * A projector's drains, each of a slot of its own and under that slot's lease, never more at a time than there are
 * places:
 *
 *   woken ─ waits for a place ─┐
 *   swept ─ takes a free one ──┴─▶ lease ─ someone else has it ─▶ nothing to do
 *                                    └─ taken ─▶ drainSlot ─▶ given up, and the place is free
 *
 * While projectors are paused none begins.
 */
export class Drains {
  readonly #parts: DrainsParts;
  readonly #drainPace: DrainPace;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #waiting: (() => void)[] = [];
  /** Aborts when the drains now in hand are to end after their batch. */
  #turn = new AbortController();
  #active = 0;
  #stopped = false;

  constructor(parts: DrainsParts) {
    this.#parts = parts;
    this.#drainPace = new DrainPace(parts.stores, parts.settings);
  }

  /** Slots in hand. */
  get active(): number {
    return this.#active;
  }

  /**
   * Drains a slot as soon as there is a place.
   * @returns whether it was ended before its time, with work left perhaps
   * @throws why it failed
   */
  async woken(slot: number): Promise<boolean> {
    while (this.#active >= this.#parts.settings().projectorConcurrency && !this.#stopped)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#stopped) return true;
    // A sweep finds the slot again once projectors are resumed.
    return this.#parts.settings().projectorPaused ? false : this.#drain(slot);
  }

  /** Begins to drain a slot if there is a place for it now; whether there was. What becomes of it is logged. */
  take(slot: number): boolean {
    const { projectorConcurrency, projectorPaused } = this.#parts.settings();
    if (this.#stopped || projectorPaused || this.#active >= projectorConcurrency) return false;
    const drain = this.#drain(slot).catch((error: unknown) => {
      const reason = reasonOf(error);
      this.#parts.log.warn({ slot, reason }, 'a slot could not be drained; a later sweep tries again');
    });
    this.#underWay.add(drain);
    void drain.finally(() => this.#underWay.delete(drain));
    return true;
  }

  /** Drains in hand, which may have hours of work left, end after their batch; there may be more places now. */
  turnOver(): void {
    this.#turn.abort();
    this.#turn = new AbortController();
    this.#nextTurn();
  }

  /** Begins no more; resolves when the batches in hand of those that {@link take} began are through. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#turn.abort();
    this.#nextTurn();
    await Promise.all(this.#underWay);
  }

  #nextTurn(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #drain(slot: number): Promise<boolean> {
    const { lease, health, settings, stores } = this.#parts;
    const drainPace = this.#drainPace;
    const bounds: DrainBounds = {
      recoverAfterMs: settings().recoverAfterMs,
      get batch() {
        return drainPace.batch;
      },
    };
    const turn = this.#turn.signal;
    this.#active++;
    try {
      const held = await lease.take(slot);
      if (held === undefined) return false;
      const signal = AbortSignal.any([turn, held.lost]);
      const startedAt = performance.now();
      let outcome: 'done' | 'failed' = 'failed';
      try {
        await drainSlot(slot, drainPace.stores, bounds, signal);
        outcome = 'done';
        health.drained(slot);
        return signal.aborted;
      } catch (error) {
        health.notDrained(slot, failureName(error), startedAt);
        throw error;
      } finally {
        stores.metrics.drained(outcome, (performance.now() - startedAt) / 1000);
        await held.giveUp();
      }
    } finally {
      this.#active--;
      this.#nextTurn();
    }
  }
}
