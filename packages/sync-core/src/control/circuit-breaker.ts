import { CircuitState, circuitBreaker, DelegateBackoff, handleAll } from 'cockatiel';
import type { Reads } from '../config/live-settings.js';
import { reasonOf } from '../errors.js';
import { FailureRule } from './failure-rule.js';

/** Where a breaker stands. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** What a breaker does with the next call: lets it through; refuses it; or lets it through to see how it fares. */
export type BreakerStanding = 'closed' | 'open' | 'probe-due';

/** When a breaker opens and when it probes. */
export type BreakerRule = Reads<'breakerFailures' | 'breakerSlowCallMs' | 'breakerHalfOpenMs'>;

/** Told of a breaker that opened, and why, or closed again: once each, however many probes fail in between. */
export type BreakerListener = (state: 'open' | 'closed', reason?: string) => void;

/**
 * A circuit breaker around one route's batches (the policy is cockatiel's):
 *
 *   closed ─ too many failures ─▶ open ─ after a while, the next batch is the probe ─▶ half-open
 *     ▲                            ▲                                                      │
 *     └────────────── success ─────┼──────────────────────────────────────────────────────┤
 *                                  └───────────────────── failure ────────────────────────┘
 *
 * A batch that takes too long, or that everyone stopped waiting for, counts as a failure at that moment, not when it
 * ends: what it brought is still handed on.
 */
export class CircuitBreaker {
  readonly #policy;
  readonly #rule: BreakerRule;
  #openedAt = 0;
  #probeAt = 0;
  #reported: 'open' | 'closed' = 'closed';

  constructor(rule: BreakerRule, onChange: BreakerListener) {
    this.#rule = rule;
    this.#policy = circuitBreaker(handleAll, {
      breaker: new FailureRule(rule),
      halfOpenAfter: new DelegateBackoff(() => rule().breakerHalfOpenMs),
    });
    this.#policy.onStateChange(() => this.#changed(onChange));
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
    return this.state === 'open' ? this.#probeAt : undefined;
  }

  /** What it does with a batch that is sent now. While a probe is under way no other batch is let through. */
  standing(now: number = Date.now()): BreakerStanding {
    const { state } = this;
    if (state === 'closed') return 'closed';
    return state === 'open' && now >= this.#probeAt ? 'probe-due' : 'open';
  }

  /**
   * Runs a batch and judges it. `abandoned` aborts when no one waits for it any more.
   * @throws cockatiel's BrokenCircuitError when open, else what the work throws
   */
  async run<T>(work: () => Promise<T>, abandoned: AbortSignal): Promise<T> {
    let started: Promise<T> | undefined;
    const judged = this.#policy.execute(() => {
      started = work();
      return inTime(started, this.#rule().breakerSlowCallMs, abandoned);
    });
    try {
      return await judged;
    } catch (error) {
      if (started === undefined) throw error;
      return started;
    }
  }

  #changed(onChange: BreakerListener): void {
    const { state } = this;
    if (state === 'open') {
      this.#openedAt = Date.now();
      this.#probeAt = this.#openedAt + this.#rule().breakerHalfOpenMs;
    }
    if (state === 'half-open' || state === this.#reported) return;
    this.#reported = state;
    const failure = state === 'open' ? this.#policy.lastFailure : undefined;
    onChange(state, failure !== undefined && 'error' in failure ? reasonOf(failure.error) : undefined);
  }
}

/** What the work brings, unless that takes too long or no one waits for it any more. */
async function inTime<T>(work: Promise<T>, slowCallMs: number, abandoned: AbortSignal): Promise<T> {
  let giveUp: (why: string) => void = () => undefined;
  const tooLate = new Promise<never>((_, reject) => {
    giveUp = (why) => reject(new Error(why));
  });
  const onAbandoned = () => giveUp('no one waits for the batch any more');
  const timer = setTimeout(() => giveUp(`the batch took longer than ${slowCallMs} ms`), slowCallMs);
  abandoned.addEventListener('abort', onAbandoned, { once: true });
  if (abandoned.aborted) onAbandoned();
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
    abandoned.removeEventListener('abort', onAbandoned);
  }
}
