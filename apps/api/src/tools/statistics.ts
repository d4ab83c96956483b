import type { CheckResult, Pod } from '@hybrid-sync/sync-core';
import type { ToolResult } from '@hybrid-sync/tool-contract';

/** Events and dead letters are counted no further than this, so that asking costs the same whatever waits. */
const COUNT_LIMIT = 10_000;

/** The statistics now. Services that don't answer leave null, so that this works in an outage. */
export async function statisticsOf(pod: Pod): Promise<ToolResult<'hybrid_sync_stats'>> {
  const { sync, fastWorker, fastBatcher, fastBreaker, outboxBreaker, load, heartbeat, check } = pod.running;
  const { projectors, pauses } = pod.running;
  const { settings, stores } = pod;
  const orNull = (count: Promise<number>) => count.catch(() => null);
  const [unprocessed, deadLetters, pending] = await Promise.all([
    orNull(stores.outbox.countUnprocessed(COUNT_LIMIT)),
    orNull(stores.outbox.countDead(COUNT_LIMIT)),
    orNull(stores.journal.totalLength()),
  ]);
  const synced = { ...sync.answered };
  const total = synced.ASYNC_THREAD + synced.EVENT_BASED + synced.JOURNALED;
  return {
    asyncThreads: {
      active: fastWorker.active,
      max: settings.maxAsyncThreads,
      inFlightBatches: fastBatcher.inFlight,
      maxInFlightBatches: settings.fastMaxInFlight,
      queueWaiting: load.state.sample?.waitingJobs ?? null,
    },
    configuration: {
      asyncTimeoutMs: settings.asyncTimeoutMs,
      maxAsyncThreads: settings.maxAsyncThreads,
      mode: settings.mode,
      slots: settings.slots,
      recoverAfterMs: settings.recoverAfterMs,
    },
    outboxEvents: { unprocessed, deadLetters, countedUpTo: COUNT_LIMIT },
    journal: { pending },
    synced,
    asyncSuccessRate: total === 0 ? null : synced.ASYNC_THREAD / total,
    circuitBreakers: { fast: fastBreaker.state, outbox: outboxBreaker.state },
    pods: heartbeat.pods()?.map((each) => ({ ...each })) ?? null,
    projectors: projectors.last?.value.map((each) => ({ ...each })) ?? null,
    pausedQueues: [...pauses.paused],
    lastCheck: lastCheckOf(check.last),
    isHighLoad: load.isHigh(),
    timestamp: new Date().toISOString(),
  };
}

/** The last scheduled check as it is shown. */
export function lastCheckOf(last: CheckResult | undefined): ToolResult<'hybrid_sync_stats'>['lastCheck'] {
  return last === undefined ? null : { ...last, at: new Date(last.at).toISOString() };
}
