import type { Logger } from 'pino';
import { type Batcher, BatcherFullError, BatchTimeoutError } from './batching/batcher.js';
import { type PathLimits, type Patience, patienceWith } from './batching/patience.js';
import type {
  Cache,
  ExpireInput,
  IncrementInput,
  ResyncOptions,
  SetInput,
  WriteOptions,
} from './cache/cache.js';
import type { JournalAcker } from './cache/journal-acker.js';
import type { ReplicaWait } from './cache/replica-wait.js';
import type { Reads } from './config/live-settings.js';
import type { SyncMode } from './config/sync-mode.js';
import type { CircuitBreaker } from './control/circuit-breaker.js';
import type { LoadView } from './control/load-state.js';
import { type ModeRule, Router } from './control/router.js';
import { HybridSyncError, reasonOf } from './errors.js';
import type { Metrics } from './metrics/metrics.js';
import {
  type FallbackReason,
  type Mutation,
  mutationId,
  type RoutedMutation,
  type SyncMethod,
} from './mutation.js';
import { carriedTrace, inSpan } from './tracing/spans.js';

/** What a writer is told. */
export interface SyncAnswer {
  readonly key: string;
  readonly op: 'set' | 'del';
  readonly version: number;
  /**
   * `ASYNC_THREAD`: the shadow has this version or a newer one. `EVENT_BASED`: the outbox holds it durably.
   * `JOURNALED`: only Redis holds it; it is applied once MongoDB is back.
   */
  readonly method: SyncMethod;
  /** Why the fast path was not taken or did not succeed. */
  readonly fallbackReason?: FallbackReason;
  /** Milliseconds since 1970; absent for never. */
  readonly expireAt?: number;
}

/** One of the two ways to MongoDB: a batcher with its circuit breaker. */
export interface SyncPath {
  readonly batcher: Pick<Batcher<RoutedMutation>, 'offer' | 'hasRoom'>;
  readonly breaker: Pick<CircuitBreaker, 'standing'>;
}

/** What the service is made of. */
export interface HybridSyncParts {
  readonly cache: Pick<Cache, 'set' | 'delete' | 'resync' | 'expire' | 'increment'>;
  readonly fast: SyncPath;
  readonly outbox: SyncPath;
  readonly acker: Pick<JournalAcker, 'acknowledge'>;
  /** What a JOURNALED answer waits for; undefined where the primary's journal is enough. */
  readonly replicas?: Pick<ReplicaWait, 'has'> | undefined;
  readonly load: LoadView;
  readonly metrics: Metrics;
  readonly settings: Reads<keyof ModeRule | 'asyncTimeoutMs' | 'outboxTimeoutMs' | 'breakerSlowCallMs'>;
  readonly log: Logger;
}

/**
 * The way of a write:
 *
 *   1  Redis applies the mutation, gives it its version and journals it, in one script
 *   2  a route is chosen, from memory
 *   3a the fast path ─▶ ASYNC_THREAD      or, where it isn't chosen, fails or is too slow,
 *   3b the outbox    ─▶ EVENT_BASED       or, where MongoDB takes neither,
 *   3c               ─▶ JOURNALED         once as many replicas of Redis have it as are asked for
 *   4  after 3a and 3b the journal entry is removed, off the client's path
 */
export class HybridSync {
  readonly #parts: HybridSyncParts;
  readonly #router: Router;
  #underWay = 0;
  readonly #onIdle: (() => void)[] = [];
  readonly #answered: Record<SyncMethod, number> = { ASYNC_THREAD: 0, EVENT_BASED: 0, JOURNALED: 0 };

  constructor(parts: HybridSyncParts) {
    this.#parts = parts;
    this.#router = new Router(parts);
  }

  /** Mutations answered since the start, by method. */
  get answered(): Readonly<Record<SyncMethod, number>> {
    return this.#answered;
  }

  /** Sets a pair and syncs it. @throws PreconditionFailedError, JournalFullError, NotReplicatedError, CacheUnavailableError */
  async set(input: SetInput, mode?: SyncMode): Promise<SyncAnswer> {
    return this.#write(async () => this.#parts.cache.set(input), mode);
  }

  /**
   * Deletes a pair and syncs that; `existed` says whether there was one.
   * @throws PreconditionFailedError, JournalFullError, NotReplicatedError, CacheUnavailableError
   */
  async delete(
    key: string,
    options: WriteOptions = {},
    mode?: SyncMode,
  ): Promise<SyncAnswer & { existed: boolean }> {
    let existed = false;
    const answer = await this.#write(async () => {
      const deleted = await this.#parts.cache.delete(key, options);
      existed = deleted.existed;
      return deleted.mutation;
    }, mode);
    return { ...answer, existed };
  }

  /**
   * Syncs the pair that the cache holds of a key now; where it holds none nothing changes.
   * @throws PreconditionFailedError (also for no pair), JournalFullError, NotReplicatedError, CacheUnavailableError
   */
  async resync(key: string, options: ResyncOptions = {}, mode?: SyncMode): Promise<SyncAnswer> {
    return this.#write(async () => this.#parts.cache.resync(key, options), mode);
  }

  /**
   * Gives a pair another expiry, or none, and syncs that.
   * @throws PreconditionFailedError (also for no pair), JournalFullError, CacheUnavailableError
   */
  async expire(input: ExpireInput): Promise<SyncAnswer> {
    return this.#write(async () => this.#parts.cache.expire(input), undefined);
  }

  /**
   * Adds to the integer that a pair's value is, 0 for no pair, and syncs that; `sum`: what it is then.
   * @throws InvalidInputError where the value or the sum is no safe integer; PreconditionFailedError, JournalFullError,
   *   CacheUnavailableError
   */
  async increment(input: IncrementInput): Promise<SyncAnswer & { sum: number }> {
    let sum = 0;
    const answer = await this.#write(async () => {
      const mutation = await this.#parts.cache.increment(input);
      sum = Number(mutation.value);
      return mutation;
    }, undefined);
    return { ...answer, sum };
  }

  /** Resolves when every write under way has its answer; the caller has stopped writing. */
  async idle(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  async #write(mutate: () => Promise<Mutation>, mode: SyncMode | undefined): Promise<SyncAnswer> {
    this.#underWay++;
    try {
      return await inSpan('hybrid_sync.write', async (span) => {
        const answer = await this.#mutateAndSync(mutate, mode);
        span?.setAttributes({
          'hybrid_sync.op': answer.op,
          'hybrid_sync.version': answer.version,
          'hybrid_sync.method': answer.method,
          ...(answer.fallbackReason === undefined
            ? {}
            : { 'hybrid_sync.fallback_reason': answer.fallbackReason }),
        });
        return answer;
      });
    } finally {
      if (--this.#underWay === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
    }
  }

  async #mutateAndSync(mutate: () => Promise<Mutation>, mode: SyncMode | undefined): Promise<SyncAnswer> {
    const { metrics, acker, replicas } = this.#parts;
    const startedAt = performance.now();
    const refused = (error: unknown): never => {
      if (error instanceof HybridSyncError) metrics.refused(error.code);
      throw error;
    };
    const applied = await inSpan('cache.mutate', mutate).catch(refused);
    const traceparent = carriedTrace();
    const mutation = traceparent === undefined ? applied : { ...applied, traceparent };
    const { method, fallbackReason } = await this.#sync(mutation, mode);
    if (method === 'JOURNALED') await replicas?.has(mutation).catch(refused);
    else acker.acknowledge([mutation]);
    this.#answered[method]++;
    metrics.answered(mutation.op, method, fallbackReason, (performance.now() - startedAt) / 1000);
    return {
      key: mutation.key,
      op: mutation.op,
      version: mutation.version,
      method,
      ...(fallbackReason === undefined ? {} : { fallbackReason }),
      ...(mutation.expireAt === undefined ? {} : { expireAt: mutation.expireAt }),
    };
  }

  async #sync(
    mutation: RoutedMutation,
    asked: SyncMode | undefined,
  ): Promise<{ method: SyncMethod; fallbackReason?: FallbackReason }> {
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
