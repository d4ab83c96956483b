import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { CircuitBreaker } from './control/circuit-breaker.js';
import { Heartbeat } from './control/heartbeat.js';
import { LoadMonitor } from './control/load-monitor.js';
import type { LoadSample } from './control/load-state.js';
import type { PodFoundation, RunningPod } from './running-pod.js';
import { breakerRule, heartbeatPace, loadThresholds } from './settings-views.js';

/** The circuit breaker of a route; each time it opens or closes again is logged and counted. */
export function breakerOf(route: 'fast' | 'outbox', { live, metrics, log }: PodFoundation): CircuitBreaker {
  return new CircuitBreaker(breakerRule(live), (state, reason) => {
    metrics.breakerChanged(route, state);
    log.warn({ route, state, reason }, 'circuit breaker');
  });
}

/** What tells the other pods of this one. */
export function heartbeatOf(
  { live, stores, log }: PodFoundation,
  {
    fastWorker,
    fastBreaker,
    outboxBreaker,
  }: Pick<RunningPod, 'fastWorker' | 'fastBreaker' | 'outboxBreaker'>,
): Heartbeat {
  return new Heartbeat({
    id: `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`,
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

/** What samples the load of the whole deployment. */
export function loadMonitorOf(foundation: PodFoundation, heartbeat: Heartbeat): LoadMonitor {
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
  heartbeat: Heartbeat,
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
