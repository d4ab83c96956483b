import { CircuitState, circuitBreaker, handleAll, type IBackoff, type IBreaker } from 'cockatiel';

/** Where a breaker stands. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** When a breaker opens and when it probes; read whenever that is decided, so both may change. */
export interface BreakerRule {
  /** Failures in a row that open it. */
  readonly consecutiveFailures: number;
  /** Time from opening to the first probe, in milliseconds. */
  readonly halfOpenAfterMs: number;
}

/**
 * A circuit breaker around one route's batches (the policy is cockatiel's):
 *
 *   closed ─ n failures in a row ─▶ open ─ after a while, the next batch is the probe ─▶ half-open
 *     ▲                              ▲                                                      │
 *     └────────────── success ───────┼──────────────────────────────────────────────────────┤
 *                                    └───────────────────── failure ────────────────────────┘
 *
 * A batch that everyone stopped waiting for counts as a failure at that moment, not when it ends.
 */
export class CircuitBreaker {
  readonly #policy;
  readonly #rule: BreakerRule;
  #openedAt = 0;

  /** `onChange` is told of every new state. */
  constructor(rule: BreakerRule, onChange: (state: BreakerState) => void) {
    this.#rule = rule;
    this.#policy = circuitBreaker(handleAll, {
      breaker: consecutiveFailures(rule),
      halfOpenAfter: { next: () => probeWait(rule) },
    });
    this.#policy.onStateChange(() => {
      if (this.state === 'open') this.#openedAt = Date.now();
      onChange(this.state);
    });
  }

  /** The state as it is shown. */
  get state(): BreakerState {
    switch (this.#policy.state) {
      case CircuitState.Closed:
        return 'closed';
      case CircuitState.HalfOpen:
        return 'half-open';
      default:
        return 'open';
    }
  }

  /** When it opened last, in milliseconds since 1970; undefined while it is closed. */
  get openedAt(): number | undefined {
    return this.state === 'closed' ? undefined : this.#openedAt;
  }

  /** From when on the next batch is the probe, in milliseconds since 1970; undefined unless it is open. */
  get probeAt(): number | undefined {
    return this.state === 'open' ? this.#openedAt + this.#rule.halfOpenAfterMs : undefined;
  }

  /** Whether a batch should be sent now: closed, or open for long enough that the next one is the probe. */
  allows(now: number = Date.now()): boolean {
    const { state, probeAt } = this;
    return state === 'closed' || (probeAt !== undefined && now >= probeAt);
  }

  /**
   * Runs a batch and judges it.
   * @throws cockatiel's BrokenCircuitError when open, else what the work throws
   */
  async run<T>(work: () => Promise<T>, abandoned: AbortSignal): Promise<T> {
    let started: Promise<T> | undefined;
    const judged = this.#policy.execute(() => {
      started = work();
      return Promise.race([started, whenAborted(abandoned)]);
    });
    try {
      return await judged;
    } catch (error) {
      if (started === undefined) throw error;
      return started;
    }
  }
}

/** As cockatiel's ConsecutiveBreaker, but with a threshold that may change. */
function consecutiveFailures(rule: BreakerRule): IBreaker & { state: number } {
  return {
    state: 0,
    success() {
      this.state = 0;
    },
    failure() {
      return ++this.state >= rule.consecutiveFailures;
    },
  };
}

/** As cockatiel's ConstantBackoff, but with a duration that may change. */
function probeWait(rule: BreakerRule): IBackoff<unknown> {
  const wait: IBackoff<unknown> = {
    get duration() {
      return rule.halfOpenAfterMs;
    },
    next: () => wait,
  };
  return wait;
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(new Error('no one waits for this batch any more'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
