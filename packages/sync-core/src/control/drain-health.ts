import { type Failing, SuccessWatch } from './success-watch.js';

/** Drains of a slot that fail for so long, in milliseconds, with none that succeeds, are taken for an outage. */
export const DRAINS_FAIL_AFTER_MS = 5000;
/** So much of the time that a failed drain took counts as failing, in milliseconds: before, it may have done much. */
const COUNTED_MS = 2500;

/**
 * Whether a projector can drain, by what became of its drains, each slot for itself, and of its sweeps:
 *
 *   a slot's drains fail, none succeeds ─ for DRAINS_FAIL_AFTER_MS ─▶ can't drain ─ one succeeds, or no work is left ─▶ can
 *   its sweeps fail, none succeeds ────── for DRAINS_FAIL_AFTER_MS ─▶      "       ─ one succeeds ─▶ can
 */
export class DrainHealth {
  readonly #slots = new Map<number, SuccessWatch>();
  readonly #sweeps = new SuccessWatch();
  #sweepSince: number | undefined;

  /** A slot was drained. */
  drained(slot: number): void {
    this.#slots.delete(slot);
  }

  /** A drain that began at `startedAt` failed. */
  notDrained(slot: number, cause: string, startedAt: number, now: number = performance.now()): void {
    const watch = this.#slots.get(slot) ?? new SuccessWatch();
    this.#slots.set(slot, watch);
    watch.failed(cause, Math.max(startedAt, now - COUNTED_MS), now);
  }

  /** A sweep begins. */
  sweeping(now: number = performance.now()): void {
    this.#sweepSince = now;
  }

  /** The sweep found which slots have work; what others failed of before is of no interest any more. */
  swept(waiting: ReadonlySet<number>): void {
    this.#sweepSince = undefined;
    this.#sweeps.succeeded();
    for (const slot of this.#slots.keys()) if (!waiting.has(slot)) this.#slots.delete(slot);
  }

  /** The sweep could not see which slots have work. */
  notSwept(cause: string, now: number = performance.now()): void {
    this.#sweeps.failed(cause, this.#sweepSince ?? now, now);
    this.#sweepSince = undefined;
  }

  /** Whether something failed and has not succeeded since, however lately. */
  get doubtful(): boolean {
    return this.#slots.size > 0 || this.#sweeps.failing(0) !== undefined;
  }

  /** What drains fail of, and for how long: of what fails for longest; undefined while they succeed, or would. */
  failing(now: number = performance.now()): Failing | undefined {
    const all = [this.#sweeps, ...this.#slots.values()]
      .map((watch) => watch.failing(DRAINS_FAIL_AFTER_MS, now))
      .concat(this.#hangingSweep(now))
      .filter((each) => each !== undefined);
    return all.sort((one, other) => other.forMs - one.forMs)[0];
  }

  #hangingSweep(now: number): Failing | undefined {
    const forMs = now - (this.#sweepSince ?? now);
    return forMs < DRAINS_FAIL_AFTER_MS ? undefined : { forMs, cause: 'TIMEOUT' };
  }
}
