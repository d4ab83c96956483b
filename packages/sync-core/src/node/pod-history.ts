import type { Batcher } from '../batching/batcher.js';
import type { CircuitBreaker } from '../control/circuit-breaker.js';
import type { FastWorker } from '../fast-path/fast-worker.js';
import type { RoutedMutation } from '../mutation.js';
import type { Activity } from '../watch/activity.js';
import { History } from '../watch/history.js';
import type { LoadMonitor } from '../watch/load-monitor.js';
import type { DeploymentWatch } from './deployment-watch.js';
import type { PodFoundation } from './foundation.js';

/** The parts of a pod whose state is remembered. */
export interface Remembered {
  readonly fastWorker: Pick<FastWorker, 'active'>;
  readonly fastBatcher: Pick<Batcher<RoutedMutation>, 'inFlight'>;
  readonly fastBreaker: Pick<CircuitBreaker, 'state'>;
  readonly outboxBreaker: Pick<CircuitBreaker, 'state'>;
  readonly load: Pick<LoadMonitor, 'state' | 'isHigh'>;
  readonly watch: Pick<DeploymentWatch, 'backlog' | 'projected' | 'heartbeat' | 'beatMs'>;
  readonly activity: Pick<Activity, 'idle'>;
}

/** The last quarter of an hour of a pod, and where each of its figures is asked for. */
export function historyOf(
  { stores, metrics, log }: PodFoundation,
  { fastWorker, fastBatcher, fastBreaker, outboxBreaker, load, watch, activity }: Remembered,
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
      pingCache: () => stores.cache.ping(),
      pingMongodb: () => stores.mongo.ping(),
    },
    backlog: watch.backlog,
    projected: watch.projected,
    cacheAnsweredMs: (withinMs) => watch.heartbeat.answeredMs(withinMs),
    beatMs: () => watch.beatMs,
    idle: () => activity.idle,
    log,
  });
}
