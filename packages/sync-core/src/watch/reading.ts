import { Repeater } from '../repeater.js';

/** Reads something from a store again and again, and holds what it read last, so that looking at it costs nothing. */
export class Reading<T> {
  readonly #read: () => Promise<T>;
  readonly #patienceMs: number;
  readonly #reads: Repeater;
  #value: T | undefined;
  #tookMs: number | undefined;
  #startedAt: number | undefined;

  /** `intervalMs`: time between two reads. `patienceMs`: a read that takes longer counts as not answered. */
  constructor(read: () => Promise<T>, intervalMs: number, patienceMs: number) {
    this.#read = read;
    this.#patienceMs = patienceMs;
    this.#reads = new Repeater(
      () => this.#once(),
      () => intervalMs,
    );
  }

  /** What was read last; undefined before the first read, after one that failed, and while one takes too long. */
  value(now: number = performance.now()): T | undefined {
    return this.answers(now) ? this.#value : undefined;
  }

  /** How long the last read took, in milliseconds; undefined when it failed or one takes too long. */
  tookMs(now: number = performance.now()): number | undefined {
    return this.answers(now) ? this.#tookMs : undefined;
  }

  /** Whether the last read succeeded and none has been under way for too long. */
  answers(now: number = performance.now()): boolean {
    const overdue = this.#startedAt !== undefined && now - this.#startedAt > this.#patienceMs;
    return this.#tookMs !== undefined && !overdue;
  }

  /** Begins to read. */
  start(): void {
    this.#reads.start();
  }

  /** Ends it; resolves when a read under way has ended. */
  async stop(): Promise<void> {
    await this.#reads.stop();
  }

  async #once(): Promise<void> {
    const startedAt = performance.now();
    this.#startedAt = startedAt;
    try {
      this.#value = await this.#read();
      this.#tookMs = performance.now() - startedAt;
    } catch {
      this.#tookMs = undefined;
    } finally {
      this.#startedAt = undefined;
    }
  }
}
