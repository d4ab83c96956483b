/** What goes on failing. */
export interface Failing {
  /** How long ago the first attempt that failed had begun, in milliseconds. */
  readonly forMs: number;
  /** What the last attempt failed of, by its code or name. */
  readonly cause: string;
}

/**
 * Remembers whether what is tried again and again succeeds:
 *
 *   succeeding ─ a failure ─▶ failing since the start of the attempt that failed first ─ a success ─▶ succeeding
 *
 * Times are those of `performance.now()`, which no one sets.
 */
export class SuccessWatch {
  #failing: { readonly since: number; readonly cause: string } | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  /** It succeeded. */
  succeeded(): void {
    this.#failing = undefined;
  }

  /** An attempt that began at `startedAt` failed. */
  failed(cause: string, startedAt: number, now: number = performance.now()): void {
    this.#failing = { since: Math.min(this.#failing?.since ?? startedAt, startedAt), cause };
    this.#failedAt = now;
  }

  /** How long ago an attempt failed last, in milliseconds; infinite for never. */
  quietMs(now: number = performance.now()): number {
    return now - this.#failedAt;
  }

  /** What fails since at least `patienceMs`; undefined when nothing does, or not yet for so long. */
  failing(patienceMs: number, now: number = performance.now()): Failing | undefined {
    if (this.#failing === undefined || now - this.#failing.since < patienceMs) return undefined;
    return { forMs: now - this.#failing.since, cause: this.#failing.cause };
  }
}
