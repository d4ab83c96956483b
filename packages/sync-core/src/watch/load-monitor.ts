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
import { sampleHoldsMs } from './beat-pace.js';

/**
 * Takes in samples of the deployment's load, whoever took them, and holds the result in memory:
 *
 *   unknown ─ first sample ─▶ normal ◀─ several normal samples in a row ─ high
 *      ▲                        │ └───── one indicator at its threshold ────▲ │
 *      └── no sample for long ──┴─────────────────────────────────────────────┘
 */
export class LoadMonitor {
  readonly #settings: Reads<'loadSampleMs' | keyof LoadThresholds>;
  readonly #log: Logger;
  #state: LoadState = NO_LOAD_SEEN;
  #failing = false;

  constructor(settings: Reads<'loadSampleMs' | keyof LoadThresholds>, log: Logger) {
    this.#settings = settings;
    this.#log = log;
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
    const { sample } = this.#state;
    if (sample === undefined) return 'unknown';
    const { loadSampleMs } = this.#settings();
    if (now - sample.at > sampleHoldsMs({ loadSampleMs, pods: sample.pods })) return 'unknown';
    return this.#state.high ? 'high' : 'normal';
  }

  /** Whether load is known to be high. */
  isHigh(now: number = Date.now()): boolean {
    return this.level(now) === 'high';
  }

  /** Takes in a sample. */
  sampled(sample: LoadSample): void {
    const before = this.#state.high;
    this.#state = nextLoad(this.#state, sample, this.#settings());
    if (this.#failing) this.#log.info('load is sampled again');
    this.#failing = false;
    if (before !== this.#state.high) {
      this.#log.info({ high: this.#state.high, indicators: this.#state.indicators }, 'load changed');
    }
  }

  /** No sample could be taken, or none was heard of. */
  notSampled(error: unknown): void {
    if (!this.#failing)
      this.#log.warn({ reason: reasonOf(error) }, 'load could not be sampled; the last sample ages');
    this.#failing = true;
  }
}
