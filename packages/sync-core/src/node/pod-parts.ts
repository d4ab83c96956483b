import type { Cache } from '../cache/cache.js';
import { JournalAcker } from '../cache/journal-acker.js';
import { CircuitBreaker } from '../control/circuit-breaker.js';
import { WriteHealth } from '../control/write-health.js';
import { LiveRoster } from '../deployment/live-roster.js';
import { type PodWord, podWord, toldFailure } from '../deployment/pod-word.js';
import { PROJECTOR_SILENT_MS, projectorWord } from '../deployment/projector-word.js';
import { queuePrefix } from '../fast-path/fast-queue.js';
import { fastRoute } from '../fast-path/fast-route.js';
import { FastWorker } from '../fast-path/fast-worker.js';
import { HybridSync } from '../hybrid-sync.js';
import type { ShadowWriter } from '../mutation.js';
import { outboxRoute } from '../projection/outbox-route.js';
import { ProjectionQueue } from '../projection/projection-queue.js';
import { ScheduledCheck } from '../reconcile/scheduled-check.js';
import { verify } from '../reconcile/verify.js';
import { observed } from '../tracing/observed-shadows.js';
import { Activity } from '../watch/activity.js';
import { latelyOf } from '../watch/lately.js';
import { LoadMonitor } from '../watch/load-monitor.js';
import { QueuePauses } from '../watch/queue-pauses.js';
import { DeploymentWatch } from './deployment-watch.js';
import type { PodFoundation } from './foundation.js';
import { background, type Part } from './life-cycle.js';
import { historyOf } from './pod-history.js';
import { watchedCache } from './watched-cache.js';
import { WriteProbe } from './write-probe.js';

/** The parts of a pod that exist once Redis was reached. */
export type RunningPod = ReturnType<typeof assemble>;

/** Puts a pod's parts together; {@link lifeOf} says in which order they live. */
export function assemble(foundation: PodFoundation) {
  const { live, stores, fastQueue, metrics, log } = foundation;
  const { namespace, maxAsyncThreads } = live.current;
  const settings = () => live.current;
  const fastBreaker = breakerOf('fast', foundation);
  const outboxBreaker = breakerOf('outbox', foundation);
  const projectionQueue = new ProjectionQueue(foundation.queues.requests, queuePrefix(namespace), log);
  const activity = new Activity(() => {
    watch.wake();
    history.wake();
  });
  const fastWorker = new FastWorker({
    background: foundation.queues.background,
    namespace,
    concurrency: maxAsyncThreads,
    shadows: observed(
      seenBy(stores.cache, activity, foundation.shadowWriter),
      live.current.logWritesEvery,
      log,
    ),
    sender: fastQueue.jobs,
    journal: stores.journal,
    metrics,
    log,
  });
  const fastBatcher = fastRoute({
    queue: fastQueue,
    worker: fastWorker,
    breaker: fastBreaker,
    settings,
    metrics,
  });
  const outboxBatcher = outboxRoute({
    outbox: stores.outbox,
    projection: projectionQueue,
    breaker: outboxBreaker,
    settings,
    metrics,
    log,
  });
  const watch = new DeploymentWatch(foundation, {
    roster: stores.roster,
    word: (): PodWord => ({
      activeThreads: fastWorker.active,
      maxThreads: live.current.maxAsyncThreads,
      circuitBreakers: { fast: fastBreaker.state, outbox: outboxBreaker.state },
      idle: activity.idle,
      ...latelyOf(history.since(0)),
      failing: toldFailure(writeHealth.failing()),
    }),
    idle: () => activity.idle,
    projectionQueue,
  });
  const { backlog } = watch;
  const load = new LoadMonitor(settings, log);
  watch.load.follow(
    ({ at, value }) => load.sampled({ at, ...value }),
    (error) => load.notSampled(error),
  );
  const pauses = new QueuePauses(['fast', 'projection'], log);
  watch.pauses.follow(({ value }) => pauses.seen(value));
  const acker = new JournalAcker(stores.journal, log);
  const replicas = stores.replicaWait();
  const writeHealth = new WriteHealth();
  const writeProbe = new WriteProbe({ cache: stores.cache, health: writeHealth, log });
  const sync = new HybridSync({
    cache: watchedCache(stores.cache, {
      health: writeHealth,
      wrote: () => activity.saw(),
      doubt: (slot) => writeProbe.doubt(slot),
    }),
    fast: { batcher: fastBatcher, breaker: fastBreaker },
    outbox: { batcher: outboxBatcher, breaker: outboxBreaker },
    acker,
    replicas,
    health: writeHealth,
    load,
    metrics,
    settings,
    log,
  });
  const history = historyOf(foundation, {
    fastWorker,
    fastBatcher,
    fastBreaker,
    outboxBreaker,
    load,
    watch,
    activity,
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
    watch,
    projectionQueue,
    acker,
    replicas,
    history,
    check: scheduledCheckOf(foundation),
    backlog,
    /** Whether writes succeed. */
    writeHealth,
    writeProbe,
    pauses,
    /** The pods that live, and how they are. */
    pods: new LiveRoster(stores.roster, podWord, () => watch.forgetAfterMs),
    /** The same of the projectors. */
    projectors: new LiveRoster(stores.projectorRoster, projectorWord, () => PROJECTOR_SILENT_MS),
  };
}

/**
 * The parts in the order of their start, the reverse of that of their stop. `proven`: resolves when both stores are known
 * to be this deployment's.
 */
export function lifeOf(
  running: RunningPod,
  { stores, queues }: PodFoundation,
  proven: () => Promise<void>,
): readonly Part[] {
  const { sync, fastQueue, fastWorker, fastBatcher, outboxBatcher, acker } = running;
  const queuesAway = () => queues.background.status !== 'ready';
  return [
    { name: 'waits for replicas', stop: () => running.replicas?.stop() },
    { name: 'projection queue', stop: () => running.projectionQueue.stop() },
    ...running.watch.parts,
    background('history', running.history),
    background('write probe', running.writeProbe),
    { name: 'MongoDB', start: proven },
    {
      name: 'jobs in hand',
      start: () => fastWorker.start(),
      stop: () => fastWorker.stop({ atOnce: queuesAway() }),
      settingsChanged: (change) => fastWorker.settingsChanged(change),
    },
    { name: 'ownership', start: () => stores.ownership.start() },
    background('scheduled check', running.check),
    { name: 'acknowledgements', stop: () => acker.stop() },
    { name: 'ends of batches', stop: () => fastQueue.jobs.giveUp() },
    {
      name: 'batches under way',
      stop: () => Promise.all([fastBatcher.drained(), outboxBatcher.drained()]),
    },
    {
      name: 'writes under way',
      stop: () => {
        if (queuesAway()) fastQueue.jobs.giveUp();
        return sync.idle();
      },
    },
  ];
}

/** The same writer, which is an activity; the cache learns of the versions that it is given, those of other pods among them. */
function seenBy(cache: Pick<Cache, 'saw'>, activity: Activity, writer: ShadowWriter): ShadowWriter {
  return {
    apply: (mutations, method) => {
      activity.saw();
      for (const { slot, version } of mutations) cache.saw(slot, version);
      return writer.apply(mutations, method);
    },
  };
}

function scheduledCheckOf({ live, stores, log }: PodFoundation): ScheduledCheck {
  return new ScheduledCheck({
    store: stores.check,
    verify: (options) => verify(stores, options),
    settings: () => live.current,
    log,
  });
}

/** The circuit breaker of a route; each time it opens or closes again is logged and counted. */
function breakerOf(route: 'fast' | 'outbox', { live, metrics, log }: PodFoundation): CircuitBreaker {
  return new CircuitBreaker(
    () => live.current,
    (state, reason) => {
      metrics.breakerChanged(route, state);
      log.warn({ route, state, reason }, 'circuit breaker');
    },
  );
}
