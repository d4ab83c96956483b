import type { Logger } from 'pino';
import { type Batcher, BatcherFullError, BatchTimeoutError } from './batching/batcher.js';
import { type PathLimits, type Patience, patienceWith } from './batching/patience.js';
import type { JournalAcker } from './cache/journal-acker.js';
import type { Reads } from './config/live-settings.js';
import type { SyncMode } from './config/sync-mode.js';
import type { CircuitBreaker } from './control/circuit-breaker.js';
import type { LoadView } from './control/load-state.js';
import { type ModeRule, Router } from './control/route.js';
import { reasonOf } from './errors.js';
import { type Brought, type FallbackReason, mutationId, type RoutedMutation } from './mutation.js';
import { inSpan } from './tracing/spans.js';

/** One of the two ways to MongoDB: a batcher with its circuit breaker. */
export interface SyncPath {
  readonly batcher: Pick<Batcher<RoutedMutation>, 'offer' | 'hasRoom'>;
  readonly breaker: Pick<CircuitBreaker, 'standing'>;
}

/** What {@link Routes} are made of. */
export interface RouteParts {
  readonly fast: SyncPath;
  readonly outbox: SyncPath;
  readonly acker: Pick<JournalAcker, 'acknowledge'>;
  readonly load: LoadView;
  readonly settings: Reads<keyof ModeRule | 'asyncTimeoutMs' | 'outboxTimeoutMs' | 'breakerSlowCallMs'>;
  readonly log: Logger;
}

/** Steps 2 and 3 of a write: a route is chosen, and the mutation brought to MongoDB by it, or by the other one. */
export class Routes {
  readonly #parts: RouteParts;
  readonly #router: Router;

  constructor(parts: RouteParts) {
    this.#parts = parts;
    this.#router = new Router(parts);
  }

  /** Brings a mutation as far as it gets in time. `asked`: the mode that its writer asked for. Never rejects. */
  async bring(mutation: RoutedMutation, asked: SyncMode | undefined): Promise<Brought> {
    const mode = this.#router.modeOf(mutation.key, asked);
    const startedAt = performance.now();
    const fallbackReason = await this.#tryFast(mutation, mode);
    if (fallbackReason === undefined) {
      this.#probeIdleOutbox(mutation);
      return { method: 'ASYNC_THREAD' };
    }
    const patience = patienceWith(this.#limits('outbox'), mode, performance.now() - startedAt);
    const through = await this.#tryOutbox({ ...mutation, fallbackReason }, patience);
    return { method: through ? 'EVENT_BASED' : 'JOURNALED', fallbackReason };
  }

  /** Undefined when the fast path brought the mutation through, else why not. */
  async #tryFast(mutation: RoutedMutation, mode: SyncMode): Promise<FallbackReason | undefined> {
    const { fast, log } = this.#parts;
    const route = this.#router.route(mutation, mode);
    if (route === 'PROBE') {
      this.#probe('fast', mutation);
      return 'BREAKER_OPEN';
    }
    if (route !== 'FAST') return route;
    try {
      await inSpan('fast_path', () =>
        fast.batcher.offer(mutation, patienceWith(this.#limits('fast'), mode, 0)),
      );
      return undefined;
    } catch (error) {
      if (error instanceof BatchTimeoutError) return 'TIMEOUT';
      if (error instanceof BatcherFullError) return 'QUEUE_FULL';
      log.debug({ reason: reasonOf(error), mutation: mutationId(mutation) }, 'fast path failed');
      return 'FAST_PATH_FAILED';
    }
  }

  /** Whether the outbox took the mutation. */
  async #tryOutbox(mutation: RoutedMutation, patience: Patience): Promise<boolean> {
    const { outbox, log } = this.#parts;
    const fallback = this.#router.fallback(mutation);
    if (fallback === 'PROBE') this.#probe('outbox', mutation);
    if (fallback !== 'OUTBOX') return false;
    try {
      await inSpan('outbox', () => outbox.batcher.offer(mutation, patience));
      return true;
    } catch (error) {
      log.debug({ reason: reasonOf(error), mutation: mutationId(mutation) }, 'outbox failed');
      return false;
    }
  }

  /**
   * While the fast path brings all writes through, none of them finds out that the outbox works again: its breaker would
   * stay open until the next outage, and be in the way there. So one batch is sent to both; its events come too late
   * to change anything.
   */
  #probeIdleOutbox(mutation: RoutedMutation): void {
    const { outbox } = this.#parts;
    if (outbox.breaker.standing() !== 'probe-due') return;
    if (this.#router.fallback(mutation) === 'PROBE') this.#probe('outbox', mutation);
  }

  /**
   * Sends a mutation down a path whose open breaker is due for a probe. The client does not wait for it: while MongoDB
   * is away it would wait out the whole timeout, and with all places of the batcher taken by batches that hang there,
   * so would every client until one of them ends. Its answer says what is known without the probe.
   */
  #probe(path: 'fast' | 'outbox', mutation: RoutedMutation): void {
    const { timeoutMs } = this.#limits(path);
    this.#parts[path].batcher.offer(mutation, { timeoutMs, busyTimeoutMs: timeoutMs }).then(
      () => this.#parts.acker.acknowledge([mutation]),
      (error: unknown) =>
        this.#parts.log.debug({ reason: reasonOf(error), mutation: mutationId(mutation) }, 'a probe failed'),
    );
  }

  #limits(path: 'fast' | 'outbox'): PathLimits {
    const { asyncTimeoutMs, outboxTimeoutMs, breakerSlowCallMs: slowCallMs } = this.#parts.settings();
    return { timeoutMs: path === 'fast' ? asyncTimeoutMs : outboxTimeoutMs, slowCallMs };
  }
}
