import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Batcher } from '../batching/batcher.js';
import type { Cache } from '../cache/cache.js';
import { JournalAcker } from '../cache/journal-acker.js';
import type { LiveSettings, SettingsChange } from '../config/live-settings.js';
import { CircuitBreaker } from '../control/circuit-breaker.js';
import type { LoadSample } from '../control/load-state.js';
import { WriteHealth } from '../control/write-health.js';
import { Heartbeat, living } from '../deployment/heartbeat.js';
import { type PodWord, podWord } from '../deployment/pod-word.js';
import { processName } from '../deployment/process-name.js';
import { type LiveProjector, projectorWord } from '../deployment/projector-word.js';
import { type FastQueue, queuePrefix } from '../fast-path/fast-queue.js';
import { fastRoute } from '../fast-path/fast-route.js';
import { FastWorker } from '../fast-path/fast-worker.js';
import { HybridSync } from '../hybrid-sync.js';
import type { Metrics } from '../metrics/metrics.js';
import type { RoutedMutation, ShadowWriter } from '../mutation.js';
import { outboxRoute } from '../projection/outbox-route.js';
import { ProjectionQueue } from '../projection/projection-queue.js';
import { ScheduledCheck } from '../reconcile/scheduled-check.js';
import { verify } from '../reconcile/verify.js';
import { observed } from '../tracing/observed-shadows.js';
import { BackgroundSample } from '../watch/background-sample.js';
import { Backlog } from '../watch/backlog.js';
import { History } from '../watch/history.js';
import { LoadMonitor } from '../watch/load-monitor.js';
import { QueuePauses } from '../watch/queue-pauses.js';
import {
  breakerRule,
  checkPace,
  fastBounds,
  heartbeatPace,
  loadThresholds,
  modeRule,
  outboxBounds,
  PROJECTOR_HEARTBEAT,
} from './settings-views.js';
import type { Stores } from './stores.js';
import { watchedCache } from './watched-cache.js';
import { WriteProbe } from './write-probe.js';

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
  readonly heartbeat: Heartbeat<PodWord>;
  readonly projectionQueue: ProjectionQueue;
  readonly acker: JournalAcker;
  readonly check: ScheduledCheck;
  readonly history: History;
  readonly backlog: Backlog;
  /** Whether writes succeed. */
  readonly writeHealth: WriteHealth;
  readonly writeProbe: WriteProbe;
  readonly pauses: QueuePauses;
  /** The projectors that live, and how they are. */
  readonly projectors: BackgroundSample<readonly LiveProjector[]>;
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
    observed(seenBy(stores.cache, foundation.shadowWriter), live.current.logWritesEvery, log),
    (jobId, result) => fastQueue.applied(jobId, result),
    metrics,
    log,
  );
  const fastBatcher = fastRoute({
    queue: fastQueue,
    breaker: fastBreaker,
    bounds: fastBounds(live),
    metrics,
  });
  const outboxBatcher = outboxRoute({
    outbox: stores.outbox,
    projection: projectionQueue,
    breaker: outboxBreaker,
    bounds: outboxBounds(live),
    metrics,
    log,
  });
  const heartbeat = heartbeatOf(foundation, { fastWorker, fastBreaker, outboxBreaker });
  const load = loadMonitorOf(foundation, heartbeat);
  const acker = new JournalAcker(stores.journal, log);
  const writeHealth = new WriteHealth();
  const writeProbe = new WriteProbe({ cache: stores.cache, health: writeHealth, log });
  const sync = new HybridSync({
    cache: watchedCache(stores.cache, {
      health: writeHealth,
      doubt: (slot) => writeProbe.doubt(slot),
    }),
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
    writeHealth,
    writeProbe,
    pauses: new QueuePauses({ fast: fastQueue, projection: projectionQueue }, log),
    projectors: projectorsSeen(foundation),
  };
  return { ...parts, history: historyOf(foundation, parts) };
}

/** The same writer; the cache learns of the versions that it is given, those of other pods among them. */
function seenBy(cache: Pick<Cache, 'saw'>, writer: ShadowWriter): ShadowWriter {
  return {
    apply: (mutations, method) => {
      for (const { slot, version } of mutations) cache.saw(slot, version);
      return writer.apply(mutations, method);
    },
  };
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
  readonly heartbeat: Pick<Heartbeat<PodWord>, 'intervalChanged'>;
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

/** The circuit breaker of a route; each time it opens or closes again is logged and counted. */
function breakerOf(route: 'fast' | 'outbox', { live, metrics, log }: PodFoundation): CircuitBreaker {
  return new CircuitBreaker(breakerRule(live), (state, reason) => {
    metrics.breakerChanged(route, state);
    log.warn({ route, state, reason }, 'circuit breaker');
  });
}

/** What tells the other pods of this one. */
function heartbeatOf(
  { live, stores, log }: PodFoundation,
  {
    fastWorker,
    fastBreaker,
    outboxBreaker,
  }: Pick<RunningPod, 'fastWorker' | 'fastBreaker' | 'outboxBreaker'>,
): Heartbeat<PodWord> {
  return new Heartbeat({
    id: processName(),
    schema: podWord,
    word: () => ({
      activeThreads: fastWorker.active,
      maxThreads: live.current.maxAsyncThreads,
      circuitBreakers: { fast: fastBreaker.state, outbox: outboxBreaker.state },
    }),
    roster: stores.roster,
    pace: heartbeatPace(live),
    log,
  });
}

function projectorsSeen({ stores, log }: PodFoundation): BackgroundSample<readonly LiveProjector[]> {
  const { intervalMs, forgetAfterMs } = PROJECTOR_HEARTBEAT;
  const look = async () => living(await stores.projectorRoster.look(forgetAfterMs), projectorWord);
  return new BackgroundSample('the projectors', look, intervalMs, log);
}

/** What samples the load of the whole deployment. */
function loadMonitorOf(foundation: PodFoundation, heartbeat: Heartbeat<PodWord>): LoadMonitor {
  const { live, log } = foundation;
  return new LoadMonitor(
    () => sampleLoad(foundation, heartbeat),
    loadThresholds(live),
    () => live.current.loadSampleMs,
    log,
  );
}

/** @throws when a store does not answer, or nothing was heard of the pods lately */
async function sampleLoad(
  { live, stores, fastQueue }: PodFoundation,
  heartbeat: Heartbeat<PodWord>,
): Promise<LoadSample> {
  const { loadMaxUnprocessed, loadSampleMs } = live.current;
  const [depth, unprocessedEvents] = await Promise.all([
    fastQueue.depth(),
    // Any event waits for a moment, until a projector has it: a backlog is what was there at the sample before. Were the
    // younger ones counted, a pod under steady load that once took to events would never leave them again.
    stores.outbox.countUnprocessed(loadMaxUnprocessed + 1, loadSampleMs),
  ]);
  const pods = heartbeat.pods();
  if (pods === undefined) throw new Error('nothing was heard of the pods lately');
  return {
    at: Date.now(),
    pods: pods.length,
    activeThreads: pods.reduce((sum, pod) => sum + pod.activeThreads, 0),
    maxThreads: pods.reduce((sum, pod) => sum + pod.maxThreads, 0),
    waitingJobs: depth.waiting,
    oldestWaitingJob: depth.oldestWaiting,
    unprocessedEvents,
  };
}
