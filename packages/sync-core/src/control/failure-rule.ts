import { type CircuitState, CountBreaker, type IBreaker } from 'cockatiel';
import type { Reads } from '../config/live-settings.js';

/** So many of the last calls are looked at for the share that failed. */
const LOOKED_AT = 20;
/** From this share of failed ones on the breaker opens. */
const TOO_MANY = 0.5;

/**
 * When a closed breaker opens: after failures in a row, which tell soonest of a store that is away; or when half of the
 * last twenty calls failed, as where every second one does and none fail in a row.
 */
export class FailureRule implements IBreaker {
  readonly #bound: Reads<'breakerFailures'>;
  readonly #share = new CountBreaker({ threshold: TOO_MANY, size: LOOKED_AT });
  #inARow = 0;

  constructor(bound: Reads<'breakerFailures'>) {
    this.#bound = bound;
  }

  /** Cockatiel's way to store a breaker, which is not used here. */
  get state(): unknown {
    return undefined;
  }

  success(state: CircuitState): void {
    this.#inARow = 0;
    this.#share.success(state);
  }

  /** Whether the breaker opens. */
  failure(state: CircuitState): boolean {
    const tooMany = this.#share.failure(state);
    return ++this.#inARow >= this.#bound().breakerFailures || tooMany;
  }
}
