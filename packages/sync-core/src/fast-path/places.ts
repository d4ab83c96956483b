/**
 * Places for what may be done at the same time, so many at most; who waits for one gets it in turn. What is more than the
 * bound, since that was lowered, goes on.
 */
export class Places {
  readonly #most: () => number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  /** `most`: asked for whenever a place is taken or given back. */
  constructor(most: () => number) {
    this.#most = most;
  }

  /** Takes a place if one is free, and says whether. `most`: none where so many are taken already. */
  tryTake(most = Number.POSITIVE_INFINITY): boolean {
    if (this.#taken >= Math.min(most, this.#most())) return false;
    this.#taken++;
    return true;
  }

  /** Resolves once a place was free, and is taken. */
  async take(): Promise<void> {
    if (!this.tryTake()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Gives a place back. */
  free(): void {
    this.#taken--;
    this.changed();
  }

  /** The bound may have changed: who waits is let in as far as there is room. */
  changed(): void {
    while (this.#waiting.length > 0 && this.tryTake()) this.#waiting.shift()?.();
  }
}
