/** A process that had nothing to do for so long is idle, in milliseconds. */
const IDLE_AFTER_MS = 10_000;

/** Whether a process has had something to do lately. Who waits longer while it is idle is told when that ends. */
export class Activity {
  readonly #wake: () => void;
  #at = Number.NEGATIVE_INFINITY;

  /** `wake` is called with the first that there is to do after an idle time. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** There was something to do. */
  saw(): void {
    const idle = this.idle;
    this.#at = performance.now();
    if (idle) this.#wake();
  }

  /** Whether there was nothing to do for some seconds. */
  get idle(): boolean {
    return performance.now() - this.#at > IDLE_AFTER_MS;
  }
}
