import type { CircuitBreaker } from '../control/circuit-breaker.js';
import type { LoadSample } from '../control/load-state.js';
import { Heartbeat, living } from '../deployment/heartbeat.js';
import { type PodWord, podWord } from '../deployment/pod-word.js';
import { processName } from '../deployment/process-name.js';
import { type LiveProjector, PROJECTOR_HEARTBEAT, projectorWord } from '../deployment/projector-word.js';
import type { FastWorker } from '../fast-path/fast-worker.js';
import { BackgroundSample } from '../watch/background-sample.js';
import type { Backlog } from '../watch/backlog.js';
import { LoadMonitor, staleAfterMs } from '../watch/load-monitor.js';
import type { PodFoundation } from './foundation.js';

/** What a pod tells of itself is of these. */
export interface Subjects {
  readonly fastWorker: FastWorker;
  readonly fastBreaker: CircuitBreaker;
  readonly outboxBreaker: CircuitBreaker;
}

/** What tells the other pods of this one. */
export function heartbeatOf(
  { live, stores, log }: PodFoundation,
  { fastWorker, fastBreaker, outboxBreaker }: Subjects,
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
    pace: () => {
      const { loadSampleMs } = live.current;
      return { intervalMs: loadSampleMs, forgetAfterMs: staleAfterMs(loadSampleMs) };
    },
    log,
  });
}

/** The projectors that live, as seen from a pod. */
export function projectorsSeen({ stores, log }: PodFoundation): BackgroundSample<readonly LiveProjector[]> {
  const { intervalMs, forgetAfterMs } = PROJECTOR_HEARTBEAT;
  const look = async () => living(await stores.projectorRoster.look(forgetAfterMs), projectorWord);
  return new BackgroundSample('the projectors', look, intervalMs, log);
}

/** What samples the load of the whole deployment. */
export function loadMonitorOf(
  foundation: PodFoundation,
  heartbeat: Heartbeat<PodWord>,
  backlog: Backlog,
): LoadMonitor {
  const { live, log } = foundation;
  return new LoadMonitor(
    () => sampleLoad(foundation, heartbeat, backlog),
    () => live.current,
    log,
  );
}

/** @throws when a store does not answer, or nothing was heard of the pods lately */
async function sampleLoad(
  { live, fastQueue }: PodFoundation,
  heartbeat: Heartbeat<PodWord>,
  backlog: Backlog,
): Promise<LoadSample> {
  const { loadMaxUnprocessed, loadSampleMs } = live.current;
  const [pods, depth, unprocessedEvents] = await Promise.all([
    heartbeat.known(),
    fastQueue.depth(),
    // Any event waits for a moment, until a projector has it: a backlog is what was there at the sample before. Were the
    // younger ones counted, a pod under steady load that once took to events would never leave them again.
    backlog.countLate(loadMaxUnprocessed + 1, loadSampleMs),
  ]);
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
