import type { SettingsReader } from './config/live-settings.js';
import type { CircuitBreaker } from './control/circuit-breaker.js';
import type { Metrics, Series } from './metrics/metrics.js';
import type { RunningPod } from './running-pod.js';

/** Where the gauges of an api pod read. */
export interface PodGauges {
  readonly running: RunningPod;
  /** Settings of Redis that were found to be unsafe. */
  readonly unsafe: () => number;
  readonly live: SettingsReader;
}

/** Shows the state of an api pod, each value read from memory when there is a scrape. */
export function showPodGauges(metrics: Metrics, { running, unsafe, live }: PodGauges): void {
  const { fastWorker, fastBatcher, outboxBatcher, fastBreaker, outboxBreaker, load, check, backlog } =
    running;
  backlog.showIn(metrics);
  metrics.show('fastWorkersActive', () => fastWorker.active);
  metrics.show('fastWorkersMax', () => live.current.maxAsyncThreads);
  metrics.show('batchesInFlight', () => perRoute(fastBatcher.inFlight, outboxBatcher.inFlight));
  metrics.show('formingMutations', () => perRoute(fastBatcher.forming, outboxBatcher.forming));
  metrics.show('batchesInFlightMax', () =>
    perRoute(live.current.fastMaxInFlight, live.current.outboxMaxInFlight),
  );
  metrics.show('breakerState', () => [
    ...stateSet('fast', fastBreaker.state),
    ...stateSet('outbox', outboxBreaker.state),
  ]);
  metrics.show('highLoad', () => Number(load.isHigh()));
  metrics.show('queueWaiting', () => load.state.sample?.waitingJobs);
  metrics.show('loadSampleAge', () => seconds(load.ageMs()));
  metrics.show('loadIndicator', () =>
    load.state.indicators.map(({ name, value }) => [{ indicator: name }, value]),
  );
  metrics.show('loadThreshold', () =>
    load.state.indicators.map(({ name, threshold }) => [{ indicator: name }, threshold]),
  );
  metrics.show('loadExceeded', () =>
    load.state.indicators.map(({ name, exceeded }) => [{ indicator: name }, Number(exceeded)]),
  );
  metrics.show('redisUnsafe', unsafe);
  metrics.show('checkDiffering', () => check.last?.differing ?? 0);
  metrics.show('checkUndecided', () => check.last?.undecided ?? 0);
  metrics.show('checkKeys', () => check.last?.keys ?? 0);
  metrics.show('checkTimestamp', () => (check.last?.at ?? 0) / 1000);
}

function perRoute(fast: number, outbox: number): Series<'batchesInFlight'> {
  return [
    [{ route: 'fast' }, fast],
    [{ route: 'outbox' }, outbox],
  ];
}

function stateSet(route: 'fast' | 'outbox', now: CircuitBreaker['state']): Series<'breakerState'> {
  const states = ['closed', 'open', 'half-open'] as const;
  return states.map((state) => [{ route, state }, Number(state === now)]);
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
