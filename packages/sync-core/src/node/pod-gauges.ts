import type { SettingsReader } from '../config/live-settings.js';
import type { Metrics, Series } from '../metrics/metrics.js';
import type { RunningPod } from './pod-parts.js';

const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;

/** Where the gauges of an api pod read. */
export interface PodGauges {
  readonly running: RunningPod;
  /** Settings of Redis that were found to be unsafe. */
  readonly unsafe: () => number;
  readonly live: SettingsReader;
}

/** Shows the state of an api pod, each value read from memory when there is a scrape. */
export function showPodGauges(metrics: Metrics, { running, unsafe, live }: PodGauges): void {
  const { fastWorker, fastBatcher, outboxBatcher, fastBreaker, outboxBreaker, load, check, watch } = running;
  const { writeHealth, pauses } = running;
  watch.backlog.showIn(metrics);
  metrics.show('fastWorkersActive', () => fastWorker.active);
  metrics.show('fastWorkersMax', () => live.current.maxAsyncThreads);
  metrics.show('syncsBehind', () => running.sync.behind);
  metrics.show('batchesInFlight', () => perRoute(fastBatcher.inFlight, outboxBatcher.inFlight));
  metrics.show('formingMutations', () => perRoute(fastBatcher.forming, outboxBatcher.forming));
  metrics.show('batchesInFlightMax', () =>
    perRoute(live.current.fastMaxInFlight, live.current.outboxMaxInFlight),
  );
  metrics.show('breakerState', () => [
    ...stateSet(BREAKER_STATES, fastBreaker.state, { route: 'fast' as const }),
    ...stateSet(BREAKER_STATES, outboxBreaker.state, { route: 'outbox' as const }),
  ]);
  metrics.show('loadState', () => stateSet(['normal', 'high', 'unknown'], load.level(), {}));
  // What an old sample saw says nothing of now.
  const known = () => (load.level() === 'unknown' ? undefined : load.state);
  metrics.show('queueWaiting', () => known()?.sample?.waitingJobs);
  metrics.show('loadSampleAge', () => seconds(load.ageMs()));
  const indicators = () => known()?.indicators ?? [];
  metrics.show('loadIndicator', () => indicators().map(({ name, value }) => [{ indicator: name }, value]));
  metrics.show('loadThreshold', () =>
    indicators().map(({ name, threshold }) => [{ indicator: name }, threshold]),
  );
  metrics.show('loadExceeded', () =>
    indicators().map(({ name, exceeded }) => [{ indicator: name }, Number(exceeded)]),
  );
  metrics.show('redisUnsafe', unsafe);
  metrics.show('writesFailing', () => (writeHealth.failing()?.forMs ?? 0) / 1000);
  metrics.show('queuePaused', () => pauses.series());
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

/** One series for each state: 1 for the one of now. */
function stateSet<State extends string, Labels extends object>(
  states: readonly State[],
  now: State,
  labels: Labels,
): (readonly [Labels & { state: State }, number])[] {
  return states.map((state) => [{ ...labels, state }, Number(state === now)] as const);
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
