import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { JournalAcker } from './cache/journal-acker.js';
import type { LiveSettings, SettingsChange } from './config/live-settings.js';
import { Backlog } from './control/backlog.js';
import type { CircuitBreaker } from './control/circuit-breaker.js';
import type { Heartbeat } from './control/heartbeat.js';
import type { LoadMonitor } from './control/load-monitor.js';
import { breakerOf, heartbeatOf, loadMonitorOf } from './control-parts.js';
import { reasonOf } from './errors.js';
import { type BatchBounds, Batcher, type SendBatch } from './fast-path/batcher.js';
import { type FastQueue, queuePrefix } from './fast-path/fast-queue.js';
import { FastWorker, type ShadowWriter } from './fast-path/fast-worker.js';
import { History } from './history/history.js';
import { HybridSync } from './hybrid-sync.js';
import type { Metrics } from './metrics/metrics.js';
import type { RoutedMutation } from './mutation.js';
import { observed } from './observed-shadows.js';
import { ProjectionQueue } from './projection/projection-queue.js';
import { ScheduledCheck } from './reconcile/scheduled-check.js';
import { verify } from './reconcile/verify.js';
import { checkPace, fastBounds, modeRule, outboxBounds } from './settings-views.js';
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
  readonly heartbeat: Heartbeat;
  readonly projectionQueue: ProjectionQueue;
  readonly acker: JournalAcker;
  readonly check: ScheduledCheck;
  readonly history: History;
  readonly backlog: Backlog;
}

/** What {@link assemble} puts the parts together from; the connections stay their owner's. */
export interface PodFoundation {
  readonly live: LiveSettings;
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

/** Puts a pod's parts together; the worker begins to take jobs, heartbeat, load monitor and history have to be started. */
export function assemble(foundation: PodFoundation): RunningPod {
  const { live, stores, fastQueue, metrics, log } = foundation;
  const { namespace, maxAsyncThreads } = live.current;
  const fastBreaker = breakerOf('fast', foundation);
  const outboxBreaker = breakerOf('outbox', foundation);
  const projectionQueue = new ProjectionQueue(foundation.requests, queuePrefix(namespace), log);
  const fastWorker = new FastWorker(
    foundation.background,
    namespace,
    maxAsyncThreads,
    observed(foundation.shadowWriter, live.current.logWritesEvery, log),
    (jobId, result) => fastQueue.applied(jobId, result),
    log,
  );
  const fastBatcher = fastBatcherOf(foundation, fastBreaker);
  const outboxBatcher = outboxBatcherOf(foundation, outboxBreaker, projectionQueue);
  const heartbeat = heartbeatOf(foundation, { fastWorker, fastBreaker, outboxBreaker });
  const load = loadMonitorOf(foundation, heartbeat);
  const acker = new JournalAcker(stores.journal, log);
  const sync = new HybridSync({
    cache: stores.cache,
    fast: {
      batcher: fastBatcher,
      breaker: fastBreaker,
      get timeoutMs() {
        return live.current.asyncTimeoutMs;
      },
      get slowCallMs() {
        return live.current.breakerSlowCallMs;
      },
    },
    outbox: {
      batcher: outboxBatcher,
      breaker: outboxBreaker,
      get timeoutMs() {
        return live.current.outboxTimeoutMs;
      },
      get slowCallMs() {
        return live.current.breakerSlowCallMs;
      },
    },
    acker,
    load,
    metrics,
    modes: modeRule(live),
    log,
  });
  const parts = {
    sync,
    fastQueue,
    fastWorker,
    fastBatcher,
    outboxBatcher,
    fastBreaker,
    outboxBreaker,
    load,
    heartbeat,
    projectionQueue,
    acker,
    check: scheduledCheckOf(foundation),
    backlog: new Backlog(stores, live, log),
  };
  return { ...parts, history: historyOf(foundation, parts) };
}

function historyOf(
  { stores, metrics }: PodFoundation,
  { fastWorker, fastBatcher, fastBreaker, outboxBreaker, load }: Omit<RunningPod, 'history'>,
): History {
  return new History({
    takeWrites: () => metrics.writes.take(),
    now: () => ({
      workersActive: fastWorker.active,
      batchesInFlight: fastBatcher.inFlight,
      queueWaiting: load.state.sample?.waitingJobs ?? null,
      highLoad: load.isHigh(),
      fastBreakerOpen: fastBreaker.state !== 'closed',
      outboxBreakerOpen: outboxBreaker.state !== 'closed',
    }),
    stores: {
      pingCache: () => stores.redis.ping(),
      pingMongodb: () => stores.mongo.ping(),
      journalPending: () => stores.journal.totalLength(),
      projected: () => stores.projected.read(),
      countUnprocessed: (limit) => stores.outbox.countUnprocessed(limit),
      countDead: (limit) => stores.outbox.countDead(limit),
    },
  });
}

/** The parts that hold a value of the settings, as far as they are told of its change. */
export interface PartsThatHoldSettings {
  readonly fastWorker: Pick<FastWorker, 'concurrency'>;
  readonly load: Pick<LoadMonitor, 'intervalChanged'>;
  readonly heartbeat: Pick<Heartbeat, 'intervalChanged'>;
  readonly check: Pick<ScheduledCheck, 'intervalChanged'>;
}

/** Brings a change of the settings to the parts that hold a value of their own; all others read it when they act. */
export function applyChange(
  { fastWorker, load, heartbeat, check }: PartsThatHoldSettings,
  { current, names }: SettingsChange,
): void {
  if (names.includes('maxAsyncThreads')) fastWorker.concurrency = current.maxAsyncThreads;
  if (names.includes('loadSampleMs')) {
    load.intervalChanged();
    heartbeat.intervalChanged();
  }
  if (names.includes('checkIntervalMs')) check.intervalChanged();
}

function scheduledCheckOf({ live, stores, log }: PodFoundation): ScheduledCheck {
  return new ScheduledCheck({
    store: stores.check,
    verify: (options) => verify(stores, options),
    pace: checkPace(live),
    log,
  });
}

function fastBatcherOf(
  { live, fastQueue, metrics }: PodFoundation,
  breaker: CircuitBreaker,
): Batcher<RoutedMutation> {
  const send: SendBatch<RoutedMutation> = async (batch, abandoned) => {
    const { stale, failed } = await breaker.run(() => fastQueue.send(batch, abandoned), abandoned);
    metrics.fastApplied(batch.length - stale - failed.length, stale);
    return new Map(failed);
  };
  return measuredBatcher('fast', fastBounds(live), send, metrics);
}

function outboxBatcherOf(
  { live, stores, metrics, log }: PodFoundation,
  breaker: CircuitBreaker,
  projection: ProjectionQueue,
): Batcher<RoutedMutation> {
  const send: SendBatch<RoutedMutation> = async (batch, abandoned) => {
    const refused = await breaker.run(() => stores.outbox.add(batch), abandoned);
    projection.wake(new Set(batch.map((mutation) => mutation.slot))).catch((error: unknown) => {
      log.debug({ reason: reasonOf(error) }, 'the projector was not woken; its sweep finds the events');
    });
    return refused;
  };
  return measuredBatcher('outbox', outboxBounds(live), send, metrics);
}

function measuredBatcher(
  route: 'fast' | 'outbox',
  bounds: BatchBounds,
  send: SendBatch<RoutedMutation>,
  metrics: Metrics,
): Batcher<RoutedMutation> {
  const measured: SendBatch<RoutedMutation> = async (batch, abandoned) => {
    const startedAt = performance.now();
    let failed = true;
    metrics.batchSent(route, batch.length);
    try {
      const refused = await send(batch, abandoned);
      failed = false;
      return refused;
    } finally {
      metrics.batchEnded(route, (performance.now() - startedAt) / 1000, failed);
    }
  };
  return new Batcher(bounds, measured, () => metrics.batchCoalesced(route));
}
