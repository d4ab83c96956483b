import type { Logger } from 'pino';
import { JournalAcker } from './cache/journal-acker.js';
import { connected, connectRedis, withoutCredentials } from './cache/redis-connection.js';
import type { Settings } from './config/settings.js';
import { CircuitBreaker } from './control/circuit-breaker.js';
import { LoadMonitor } from './control/load-monitor.js';
import type { LoadSample } from './control/load-state.js';
import { NotReadyError, reasonOf } from './errors.js';
import { Batcher } from './fast-path/batcher.js';
import { FastQueue, queuePrefix } from './fast-path/fast-queue.js';
import { FastWorker } from './fast-path/fast-worker.js';
import { HybridSync } from './hybrid-sync.js';
import { Metrics } from './metrics/metrics.js';
import type { RoutedMutation } from './mutation.js';
import { ProjectionQueue } from './projection/projection-queue.js';
import type { Readiness } from './readiness.js';
import { untilReachable } from './start-up.js';
import { openStores, type Stores } from './stores.js';

/** The parts of a pod that exist once Redis was reached. */
export interface RunningPod {
  readonly sync: HybridSync;
  readonly fastQueue: FastQueue;
  readonly fastWorker: FastWorker;
  readonly fastBatcher: Batcher<RoutedMutation>;
  readonly outboxBatcher: Batcher<RoutedMutation>;
  readonly fastBreaker: CircuitBreaker;
  readonly outboxBreaker: CircuitBreaker;
  readonly load: LoadMonitor;
  readonly projectionQueue: ProjectionQueue;
  readonly acker: JournalAcker;
}

/**
 * One api pod: the service with its connections, its fast worker and its load monitor. Its life:
 *
 *   new ─▶ starting: looks for Redis ─▶ serving, not ready: looks for MongoDB ─▶ ready ─▶ stopping ─▶ stopped
 *
 * Writes are served from the second state on, since with MongoDB gone they are journaled.
 */
export class Pod {
  readonly stores: Stores;
  readonly metrics = new Metrics('api');
  readonly settings: Settings;
  readonly #log: Logger;
  readonly #requests;
  readonly #background;
  readonly #stopping = new AbortController();
  #running: RunningPod | undefined;
  #indexed = false;

  constructor(settings: Settings, log: Logger) {
    this.settings = settings;
    this.#log = log;
    this.stores = openStores(settings, 'api', log);
    const queueUrl = settings.queueRedisUrl ?? settings.redisUrl;
    this.#requests = connectRedis(queueUrl, 'api-queue', 'request', log, settings.redisTimeoutMs);
    this.#background = connectRedis(queueUrl, 'api-worker', 'background', log, settings.redisTimeoutMs);
  }

  /** The running parts. @throws NotReadyError before Redis was reached */
  get running(): RunningPod {
    if (this.#running === undefined) {
      throw new NotReadyError(
        `starting: Redis at ${withoutCredentials(this.settings.redisUrl)} was not reached yet`,
      );
    }
    return this.#running;
  }

  /** Whether the pod may be sent traffic, and what it waits for. */
  readiness(): Readiness {
    const redisUp = this.#running !== undefined && this.stores.redis.status === 'ready';
    return {
      ready: redisUp && this.#indexed && !this.#stopping.signal.aborted,
      checks: {
        redis: { ok: redisUp, where: withoutCredentials(this.settings.redisUrl) },
        mongodb: { ok: this.#indexed, where: withoutCredentials(this.settings.mongodbUrl) },
      },
    };
  }

  /**
   * Resolves when the pod is ready, however long its services take; serves writes before that.
   * @throws LayoutMismatchError when Redis holds data of another layout
   */
  async start(): Promise<void> {
    const { redisUrl, mongodbUrl } = this.settings;
    const signal = this.#stopping.signal;
    let fastQueue: FastQueue | undefined;
    await untilReachable(
      'Redis',
      withoutCredentials(redisUrl),
      async () => {
        await Promise.all([this.stores.redis, this.#requests].map(connected));
        await this.stores.cache.checkLayout();
        fastQueue ??= await FastQueue.open(
          this.#requests,
          this.#background,
          this.settings.namespace,
          this.#log,
        );
      },
      signal,
      this.#log,
    );
    if (fastQueue === undefined || signal.aborted) return;
    this.#running = this.#assemble(fastQueue);
    this.#running.load.start();
    await untilReachable(
      'MongoDB',
      withoutCredentials(mongodbUrl),
      () => this.stores.mongo.ensureIndexes(),
      signal,
      this.#log,
    );
    this.#indexed = true;
  }

  /** Finishes what is under way and closes everything; call when no new write arrives. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const running = this.#running;
    if (running !== undefined) {
      await running.load.stop();
      await running.fastBatcher.drained();
      await running.outboxBatcher.drained();
      await running.fastWorker.stop();
      await running.acker.stop();
      await Promise.all([running.fastQueue.stop(), running.projectionQueue.stop()]);
    }
    this.#requests.disconnect();
    this.#background.disconnect();
    await this.stores.stop();
  }

  #assemble(fastQueue: FastQueue): RunningPod {
    const { settings, stores, metrics } = this;
    const log = this.#log;
    const { namespace } = settings;
    const rule = {
      consecutiveFailures: settings.breakerFailures,
      halfOpenAfterMs: settings.breakerHalfOpenMs,
    };
    const breaker = (route: string) =>
      new CircuitBreaker(rule, (state) => log.warn({ route, state }, 'circuit breaker'));
    const fastBreaker = breaker('fast');
    const outboxBreaker = breaker('outbox');
    const projectionQueue = new ProjectionQueue(this.#requests, queuePrefix(namespace), log);
    const fastWorker = new FastWorker(
      this.#background,
      namespace,
      settings.maxAsyncThreads,
      stores.shadows,
      log,
    );

    const fastBatcher = new Batcher<RoutedMutation>(
      {
        maxInFlight: settings.fastMaxInFlight,
        maxMutations: settings.fastMaxBatch,
        maxBytes: settings.fastMaxBatchBytes,
      },
      async (batch, abandoned) => {
        metrics.batchSent('fast', batch.length);
        const result = await fastBreaker.run(() => fastQueue.send(batch, abandoned), abandoned);
        metrics.staleOnFastPath(result.stale);
        return new Map(result.failed);
      },
    );
    const outboxBatcher = new Batcher<RoutedMutation>(
      {
        maxInFlight: settings.outboxMaxInFlight,
        maxMutations: settings.outboxMaxBatch,
        maxBytes: settings.outboxMaxBatchBytes,
      },
      async (batch, abandoned) => {
        metrics.batchSent('outbox', batch.length);
        const refused = await outboxBreaker.run(() => stores.outbox.add(batch), abandoned);
        projectionQueue
          .wake(new Set(batch.map((mutation) => mutation.slot)))
          .catch((error: unknown) =>
            log.debug({ reason: reasonOf(error) }, 'the projector was not woken; its sweep finds the events'),
          );
        return refused;
      },
    );
    const load = new LoadMonitor(
      () => this.#sampleLoad(fastQueue),
      {
        maxThreads: settings.maxAsyncThreads,
        saturation: settings.loadSaturation,
        maxUnprocessedEvents: settings.loadMaxUnprocessed,
        normalSamplesToLeave: settings.loadNormalSamples,
      },
      settings.loadSampleMs,
      log,
    );
    const acker = new JournalAcker(stores.journal, log);
    const sync = new HybridSync({
      cache: stores.cache,
      fast: { batcher: fastBatcher, breaker: fastBreaker, timeoutMs: settings.asyncTimeoutMs },
      outbox: { batcher: outboxBatcher, breaker: outboxBreaker, timeoutMs: settings.outboxTimeoutMs },
      acker,
      load,
      metrics,
      mode: settings.mode,
      log,
    });
    this.#showGauges(fastWorker, fastBatcher, load);
    return {
      sync,
      fastQueue,
      fastWorker,
      fastBatcher,
      outboxBatcher,
      fastBreaker,
      outboxBreaker,
      load,
      projectionQueue,
      acker,
    };
  }

  async #sampleLoad(fastQueue: FastQueue): Promise<LoadSample> {
    const [depth, unprocessedEvents] = await Promise.all([
      fastQueue.depth(),
      this.stores.outbox.countUnprocessed(this.settings.loadMaxUnprocessed + 1),
    ]);
    return {
      at: Date.now(),
      activeThreads: depth.active,
      waitingJobs: depth.waiting,
      oldestWaitingJob: depth.oldestWaiting,
      unprocessedEvents,
    };
  }

  #showGauges(worker: FastWorker, batcher: Batcher<RoutedMutation>, load: LoadMonitor): void {
    const { metrics, settings } = this;
    metrics.gauge(
      'hybrid_sync_fast_workers_active',
      "Batches this pod's fast worker has in hand.",
      () => worker.active,
    );
    metrics.gauge(
      'hybrid_sync_fast_workers_max',
      "Concurrency of this pod's fast worker.",
      () => settings.maxAsyncThreads,
    );
    metrics.gauge(
      'hybrid_sync_fast_batches_in_flight',
      'Batches this pod has in the fast queue.',
      () => batcher.inFlight,
    );
    metrics.gauge('hybrid_sync_high_load', 'Whether load is high: 1 or 0.', () => Number(load.isHigh()));
    metrics.gauge(
      'hybrid_sync_outbox_unprocessed',
      'Unprocessed events as last sampled, no further than just above the threshold.',
      () => load.state.sample?.unprocessedEvents ?? 0,
    );
  }
}
