import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { JournalAcker } from './cache/journal-acker.js';
import type { Settings } from './config/settings.js';
import { CircuitBreaker } from './control/circuit-breaker.js';
import { LoadMonitor } from './control/load-monitor.js';
import type { LoadSample } from './control/load-state.js';
import { reasonOf } from './errors.js';
import { Batcher } from './fast-path/batcher.js';
import { type FastQueue, queuePrefix } from './fast-path/fast-queue.js';
import { FastWorker, type ShadowWriter } from './fast-path/fast-worker.js';
import { HybridSync } from './hybrid-sync.js';
import type { Metrics } from './metrics/metrics.js';
import type { RoutedMutation } from './mutation.js';
import { ProjectionQueue } from './projection/projection-queue.js';
import { ScheduledCheck } from './reconcile/scheduled-check.js';
import { verify } from './reconcile/verify.js';
import type { Stores } from './stores.js';

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
  readonly check: ScheduledCheck;
}

/** What {@link assemble} puts the parts together from; the connections stay their owner's. */
export interface PodFoundation {
  readonly settings: Settings;
  readonly stores: Stores;
  readonly fastQueue: FastQueue;
  /** Where the fast worker brings mutations. */
  readonly shadowWriter: ShadowWriter;
  /** Connections to the Redis of the queues. */
  readonly requests: Redis;
  readonly background: Redis;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Puts a pod's parts together; the worker begins to take jobs, the load monitor has to be started. */
export function assemble(foundation: PodFoundation): RunningPod {
  const { settings, stores, fastQueue, metrics, log } = foundation;
  const rule = { consecutiveFailures: settings.breakerFailures, halfOpenAfterMs: settings.breakerHalfOpenMs };
  const breaker = (route: string) =>
    new CircuitBreaker(rule, (state) => log.warn({ route, state }, 'circuit breaker'));
  const fastBreaker = breaker('fast');
  const outboxBreaker = breaker('outbox');
  const projectionQueue = new ProjectionQueue(foundation.requests, queuePrefix(settings.namespace), log);
  const fastWorker = new FastWorker(
    foundation.background,
    settings.namespace,
    settings.maxAsyncThreads,
    foundation.shadowWriter,
    (jobId, result) => fastQueue.applied(jobId, result),
    log,
  );
  const fastBatcher = fastBatcherOf(foundation, fastBreaker);
  const outboxBatcher = outboxBatcherOf(foundation, outboxBreaker, projectionQueue);
  const load = new LoadMonitor(
    () => sampleLoad(foundation, fastWorker),
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
    check: scheduledCheckOf(foundation),
  };
}

function scheduledCheckOf({ settings, stores, log }: PodFoundation): ScheduledCheck {
  return new ScheduledCheck({
    store: stores.check,
    verify: (options) => verify(stores, options),
    intervalMs: settings.checkIntervalMs,
    maxKeys: settings.checkMaxKeys,
    keysPerSecond: settings.checkKeysPerSecond,
    log,
  });
}

function fastBatcherOf(
  { settings, fastQueue, metrics }: PodFoundation,
  breaker: CircuitBreaker,
): Batcher<RoutedMutation> {
  const bounds = {
    maxInFlight: settings.fastMaxInFlight,
    maxMutations: settings.fastMaxBatch,
    maxBytes: settings.fastMaxBatchBytes,
  };
  return new Batcher<RoutedMutation>(bounds, async (batch, abandoned) => {
    metrics.batchSent('fast', batch.length);
    const { stale, failed } = await breaker.run(() => fastQueue.send(batch, abandoned), abandoned);
    metrics.staleOnFastPath(stale);
    return new Map(failed);
  });
}

function outboxBatcherOf(
  { settings, stores, metrics, log }: PodFoundation,
  breaker: CircuitBreaker,
  projection: ProjectionQueue,
): Batcher<RoutedMutation> {
  const bounds = {
    maxInFlight: settings.outboxMaxInFlight,
    maxMutations: settings.outboxMaxBatch,
    maxBytes: settings.outboxMaxBatchBytes,
  };
  return new Batcher<RoutedMutation>(bounds, async (batch, abandoned) => {
    metrics.batchSent('outbox', batch.length);
    const refused = await breaker.run(() => stores.outbox.add(batch), abandoned);
    projection.wake(new Set(batch.map((mutation) => mutation.slot))).catch((error: unknown) => {
      log.debug({ reason: reasonOf(error) }, 'the projector was not woken; its sweep finds the events');
    });
    return refused;
  });
}

/** The pool is this pod's own; what waits, in queue and outbox, is the whole deployment's. */
async function sampleLoad(
  { settings, stores, fastQueue }: PodFoundation,
  worker: FastWorker,
): Promise<LoadSample> {
  const [depth, unprocessedEvents] = await Promise.all([
    fastQueue.depth(),
    // Any event waits for a moment, until a projector has it: a backlog is what was there at the sample before. Were the
    // younger ones counted, a pod under steady load that once took to events would never leave them again.
    stores.outbox.countUnprocessed(settings.loadMaxUnprocessed + 1, settings.loadSampleMs),
  ]);
  return {
    at: Date.now(),
    activeThreads: worker.active,
    waitingJobs: depth.waiting,
    oldestWaitingJob: depth.oldestWaiting,
    unprocessedEvents,
  };
}
