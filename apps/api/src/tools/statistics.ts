import { type CheckResult, COUNT_LIMIT, type Pod } from '@hybrid-sync/sync-core';
import type { ToolResult } from '@hybrid-sync/tool-contract';

/** The statistics as last sampled. Services that don't answer leave null, so that this works in an outage. */
export async function statisticsOf(pod: Pod): Promise<ToolResult<'hybrid_sync_stats'>> {
  const { sync, fastWorker, fastBatcher, fastBreaker, outboxBreaker, load, check } = pod.running;
  const { pauses, watch } = pod.running;
  const { settings } = pod;
  const [outbox, journal, pods, projectors] = await Promise.all([
    watch.backlog.outbox.known(),
    watch.backlog.journal.known(),
    pod.running.pods.all(),
    pod.running.projectors.all(),
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
    outboxEvents: {
      unprocessed: outbox?.unprocessed ?? null,
      deadLetters: outbox?.deadLetters ?? null,
      countedUpTo: COUNT_LIMIT,
    },
    journal: { pending: journal?.entries ?? null },
    synced,
    asyncSuccessRate: total === 0 ? null : synced.ASYNC_THREAD / total,
    circuitBreakers: { fast: fastBreaker.state, outbox: outboxBreaker.state },
    pods: pods?.map(({ idle: _, ...each }) => each) ?? null,
    projectors: projectors?.map((each) => ({ ...each })) ?? null,
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
