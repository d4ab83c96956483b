import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';
import {
  type LoadSample,
  type LoadState,
  type LoadThresholds,
  NO_LOAD_SEEN,
  nextLoad,
} from './load-state.js';

/** A sample older than this many sampling intervals says nothing any more. */
const STALE_AFTER_INTERVALS = 20;

/** Samples load in the background, one sample at a time, and holds the result in memory. */
export class LoadMonitor {
  readonly #take: () => Promise<LoadSample>;
  readonly #thresholds: LoadThresholds;
  readonly #intervalMs: () => number;
  readonly #log: Logger;
  #state: LoadState = NO_LOAD_SEEN;
  readonly #samples: Repeater;
  #stopped = false;
  #failing = false;

  /** `thresholds` and `intervalMs`, the pause between two samples, are read at each use, so both may change. */
  constructor(
    take: () => Promise<LoadSample>,
    thresholds: LoadThresholds,
    intervalMs: () => number,
    log: Logger,
  ) {
    this.#take = take;
    this.#thresholds = thresholds;
    this.#intervalMs = intervalMs;
    this.#log = log;
    this.#samples = new Repeater(() => this.#sample(), intervalMs);
  }

  /** Load as last seen. */
  get state(): LoadState {
    return this.#state;
  }

  /** Age of the last sample in milliseconds; undefined before the first. */
  ageMs(now: number = Date.now()): number | undefined {
    return this.#state.sample === undefined ? undefined : now - this.#state.sample.at;
  }

  /** Whether the last samples were high; an old sample says nothing, and then the circuit breakers decide. */
  isHigh(now: number = Date.now()): boolean {
    const age = this.ageMs(now);
    return this.#state.high && age !== undefined && age <= this.#intervalMs() * STALE_AFTER_INTERVALS;
  }

  /** Begins to sample. */
  start(): void {
    this.#samples.start();
  }

  /** The pause between two samples is another one now. */
  intervalChanged(): void {
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
      this.#state = nextLoad(this.#state, await this.#take(), this.#thresholds);
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
