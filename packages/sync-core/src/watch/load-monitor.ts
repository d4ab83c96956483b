import type { Logger } from 'pino';
import type { Reads } from '../config/live-settings.js';
import {
  type LoadLevel,
  type LoadSample,
  type LoadState,
  type LoadThresholds,
  NO_LOAD_SEEN,
  nextLoad,
} from '../control/load-state.js';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';

/** What was sampled says nothing any more when it is older than this many sampling intervals. */
const STALE_AFTER_INTERVALS = 20;

/** How old what was sampled may be, in milliseconds, with this time between two samples. */
export function staleAfterMs(sampleMs: number): number {
  return sampleMs * STALE_AFTER_INTERVALS;
}

/**
 * Samples load in the background, one sample at a time, and holds the result in memory:
 *
 *   unknown ─ first sample ─▶ normal ◀─ several normal samples in a row ─ high
 *      ▲                        │ └───── one indicator over its threshold ──▲ │
 *      └── no sample for long ──┴─────────────────────────────────────────────┘
 */
export class LoadMonitor {
  readonly #take: () => Promise<LoadSample>;
  readonly #settings: Reads<'loadSampleMs' | keyof LoadThresholds>;
  readonly #log: Logger;
  readonly #samples: Repeater;
  #state: LoadState = NO_LOAD_SEEN;
  #stopped = false;
  #failing = false;

  constructor(
    take: () => Promise<LoadSample>,
    settings: Reads<'loadSampleMs' | keyof LoadThresholds>,
    log: Logger,
  ) {
    this.#take = take;
    this.#settings = settings;
    this.#log = log;
    this.#samples = new Repeater(
      () => this.#sample(),
      () => settings().loadSampleMs,
    );
  }

  /** Load as last seen. */
  get state(): LoadState {
    return this.#state;
  }

  /** Age of the last sample in milliseconds; undefined before the first. */
  ageMs(now: number = Date.now()): number | undefined {
    return this.#state.sample === undefined ? undefined : now - this.#state.sample.at;
  }

  /** What is known of load now; an old sample says nothing any more. */
  level(now: number = Date.now()): LoadLevel {
    const age = this.ageMs(now);
    if (age === undefined || age > staleAfterMs(this.#settings().loadSampleMs)) return 'unknown';
    return this.#state.high ? 'high' : 'normal';
  }

  /** Whether load is known to be high. */
  isHigh(now: number = Date.now()): boolean {
    return this.level(now) === 'high';
  }

  /** Begins to sample. */
  start(): void {
    this.#samples.start();
  }

  /** The pause may be another one now. */
  settingsChanged(): void {
    this.#samples.pauseChanged();
  }

  /** Ends sampling; resolves when a sample under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#samples.stop();
  }

  async #sample(): Promise<void> {
    try {
      const before = this.#state.high;
      this.#state = nextLoad(this.#state, await this.#take(), this.#settings());
      if (this.#failing) this.#log.info('load is sampled again');
      this.#failing = false;
      if (before !== this.#state.high) {
        this.#log.info({ high: this.#state.high, indicators: this.#state.indicators }, 'load changed');
      }
    } catch (error) {
      if (!this.#failing && !this.#stopped)
        this.#log.warn({ reason: reasonOf(error) }, 'load could not be sampled; the last sample ages');
      this.#failing = true;
    }
  }
}
