import type { Backlog } from '@hybrid-sync/trials';

/** Time between two looks, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** What waited at a moment. */
export interface Depth extends Backlog {
  /** Milliseconds from the start of the load. */
  readonly at: number;
}

/** Looks again and again at what waits, until it is stopped. */
export class DepthLog {
  readonly depths: Depth[] = [];
  readonly #look: () => Promise<Backlog>;
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void>;
  #stopped = false;

  /** Begins to look; `look` is asked for one backlog at a time. */
  constructor(look: () => Promise<Backlog>) {
    this.#look = look;
    this.#looking = this.#begin();
  }

  /** Ends it. @throws what a look threw */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async #next(): Promise<void> {
    const at = performance.now() - this.#startedAt;
    this.depths.push({ at, ...(await this.#look()) });
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#begin();
    }, LOOK_EVERY_MS);
  }

  #begin(): Promise<void> {
    const looking = this.#next();
    // Whoever stops it is told.
    looking.catch(() => undefined);
    return looking;
  }
}
