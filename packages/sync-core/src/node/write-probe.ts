import type { Logger } from 'pino';
import type { Cache } from '../cache/cache.js';
import { failureName } from '../control/failure-name.js';
import type { WriteHealth } from '../control/write-health.js';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';

/** Time between two probes, in milliseconds. */
const PROBE_MS = 1000;

/** What a {@link WriteProbe} works with. */
export interface WriteProbeParts {
  readonly cache: Pick<Cache, 'probe' | 'slots'>;
  readonly health: WriteHealth;
  readonly log: Logger;
}

/**
 * Tries once a second whether a slot would take a write, also while no one writes, and says in the log when writes begin
 * to fail and when they succeed again. It goes from slot to slot, but stays with one that did not take a write until
 * that takes one.
 */
export class WriteProbe {
  readonly #parts: WriteProbeParts;
  readonly #probes: Repeater;
  #slot = 0;
  #doubted: number | undefined;
  #said: string | undefined;

  constructor(parts: WriteProbeParts) {
    this.#parts = parts;
    this.#probes = new Repeater(
      () => this.#probe(),
      () => PROBE_MS,
    );
  }

  /** Begins to probe. */
  start(): void {
    this.#probes.start();
  }

  /** A slot did not take a write: that one is tried next. */
  doubt(slot: number): void {
    this.#doubted = slot;
  }

  /** Ends it; resolves when a probe under way has ended. */
  async stop(): Promise<void> {
    await this.#probes.stop();
  }

  async #probe(): Promise<void> {
    const { cache, health, log } = this.#parts;
    const slot = this.#doubted ?? this.#slot++ % cache.slots;
    health.probing();
    try {
      await cache.probe(slot);
      health.probed();
      if (this.#doubted === slot) this.#doubted = undefined;
    } catch (error) {
      this.#doubted = slot;
      health.probed(failureName(error));
      log.debug({ slot, reason: reasonOf(error) }, 'a write would fail');
    }
    this.#sayChange();
  }

  #sayChange(): void {
    const { health, log } = this.#parts;
    const cause = health.failing()?.cause;
    if (cause === this.#said) return;
    this.#said = cause;
    if (cause === undefined) log.info('writes succeed again');
    else log.error({ cause }, 'no write succeeds: this pod is not ready');
  }
}
