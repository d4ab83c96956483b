/** Pauses that are longer end at common moments, in milliseconds. */
const EXACT_MS = 500;
/** Time between two of those moments, in milliseconds. */
const TICK_MS = 250;

/**
 * Does a task again and again, one run at a time, with a pause after each run that may change meanwhile. Whoever starts
 * one stops it.
 *
 *   start ─▶ run ─▶ pause ─▶ run ─▶ …
 *                    ▲ │
 *                    └─┘ the pause changed: as much of the new one as is still left
 *
 * The long pauses of all repeaters of a process end at the same moments, up to an eighth of a second earlier or later: an
 * idle process then wakes up once for all of them, and what they ask Redis leaves in one write.
 */
export class Repeater {
  readonly #task: () => Promise<void>;
  readonly #pauseMs: () => number;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pausedAt = 0;
  #hurried = false;
  #stopped = false;

  /** `task` handles its own errors; `pauseMs` is asked after each run, in milliseconds. */
  constructor(task: () => Promise<void>, pauseMs: () => number) {
    this.#task = task;
    this.#pauseMs = pauseMs;
  }

  /** Begins with a run, or with a pause. */
  start(first: 'run' | 'pause' = 'run'): void {
    if (this.#stopped || this.#running !== undefined || this.#timer !== undefined) return;
    if (first === 'run') this.#run();
    else this.#pause();
  }

  /** The pause is another one now, which also holds for one that has begun. */
  pauseChanged(): void {
    if (this.#timer !== undefined) this.#arm();
  }

  /** Ends the pause: a run begins at once or, where one is under way, right after it. */
  hurry(): void {
    if (this.#timer === undefined) this.#hurried = true;
    else {
      clearTimeout(this.#timer);
      this.#run();
    }
  }

  /** Ends it; resolves when a run under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  #run(): void {
    this.#timer = undefined;
    this.#hurried = false;
    this.#running = this.#task().finally(() => this.#pause());
  }

  #pause(): void {
    if (this.#stopped) return;
    this.#pausedAt = performance.now();
    if (this.#hurried) this.#run();
    else this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const leftMs = endOf(this.#pausedAt, this.#pauseMs()) - performance.now();
    this.#timer = setTimeout(() => this.#run(), Math.max(0, leftMs));
    this.#timer.unref();
  }
}

/** When a pause ends, on the process's own clock. */
function endOf(pausedAt: number, pauseMs: number): number {
  const end = pausedAt + pauseMs;
  return pauseMs > EXACT_MS ? Math.round(end / TICK_MS) * TICK_MS : end;
}
