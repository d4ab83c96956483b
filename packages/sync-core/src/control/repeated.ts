/** Does something again and again, one at a time, until it is stopped. */
export class Repeated {
  readonly #work: () => Promise<void>;
  readonly #intervalMs: () => number;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;
  #stopped = false;

  /**
   * `work` sees to its own failures: it never rejects. `intervalMs`: time between the end of one and the beginning of
   * the next, in milliseconds, asked for each time.
   */
  constructor(work: () => Promise<void>, intervalMs: () => number) {
    this.#work = work;
    this.#intervalMs = intervalMs;
  }

  /** Whether it was stopped. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Begins, once. */
  start(): void {
    if (!this.#stopped) this.#underWay ??= this.#once();
  }

  /** Ends it; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#underWay;
  }

  async #once(): Promise<void> {
    await this.#work();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#underWay = this.#once();
    }, this.#intervalMs());
    this.#timer.unref();
  }
}
