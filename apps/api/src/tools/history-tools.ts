import { hostname } from 'node:os';
import { type HistorySample, type Pod, pausedParts } from '@hybrid-sync/sync-core';
import type { ToolResult } from '@hybrid-sync/tool-contract';
import { breakerOf } from './inspection-tools.js';
import { loadCheckOf } from './load-check.js';
import { shownPause } from './pause-tool.js';
import { lastCheckOf } from './statistics.js';
import type { ToolHandlers } from './tool.js';

type Samples = ToolResult<'hybrid_sync_history'>['samples'];

const POD = `${hostname()}-${process.pid}`;

/** The tool for what was lately; it is read from memory, and who the projectors are no oftener than twice a second from Redis. */
export const historyHandlers: ToolHandlers<'hybrid_sync_history'> = {
  hybrid_sync_history: async ({ lastSec, after }, pod) => {
    const now = Date.now();
    const { history, fastBreaker, outboxBreaker, check, pauses } = pod.running;
    const projectors = await pod.running.projectors.all();
    const { timestamp, ...load } = await loadCheckOf(pod);
    return {
      pod: POD,
      samples: columnsOf(history.since(Math.max(after ?? 0, now - lastSec * 1000))),
      stores: history.stores(),
      load,
      circuitBreakers: { fast: breakerOf(fastBreaker), outbox: breakerOf(outboxBreaker) },
      configuration: configurationOf(pod),
      paused: pausedParts(pod.live).map(shownPause),
      pausedQueues: [...pauses.paused],
      projectors: projectors?.length ?? null,
      lastCheck: lastCheckOf(check.last),
      timestamp,
    };
  },
};

function configurationOf({ settings }: Pod): ToolResult<'hybrid_sync_history'>['configuration'] {
  const { mode, asyncTimeoutMs, maxAsyncThreads, fastMaxInFlight, recoverAfterMs } = settings;
  return { mode, asyncTimeoutMs, maxAsyncThreads, maxInFlightBatches: fastMaxInFlight, recoverAfterMs };
}

/** A column for each part of a sample. */
function columnsOf(samples: readonly HistorySample[]): Samples {
  const column = <Name extends keyof HistorySample>(name: Name) =>
    samples.map((sample) => rounded(sample[name]));
  return {
    at: column('at'),
    ASYNC_THREAD: column('ASYNC_THREAD'),
    EVENT_BASED: column('EVENT_BASED'),
    JOURNALED: column('JOURNALED'),
    refused: column('refused'),
    TIMEOUT: column('TIMEOUT'),
    QUEUE_FULL: column('QUEUE_FULL'),
    FAST_PATH_FAILED: column('FAST_PATH_FAILED'),
    HIGH_LOAD: column('HIGH_LOAD'),
    BREAKER_OPEN: column('BREAKER_OPEN'),
    EVENT_ONLY: column('EVENT_ONLY'),
    p50Ms: column('p50Ms'),
    p95Ms: column('p95Ms'),
    p99Ms: column('p99Ms'),
    workersActive: column('workersActive'),
    batchesInFlight: column('batchesInFlight'),
    queueWaiting: column('queueWaiting'),
    outboxUnprocessed: column('outboxUnprocessed'),
    deadLetters: column('deadLetters'),
    journalPending: column('journalPending'),
    projectedEvents: column('projectedEvents'),
    projectedEntries: column('projectedEntries'),
    isHighLoad: column('isHighLoad'),
    fastBreakerOpen: column('fastBreakerOpen'),
    outboxBreakerOpen: column('outboxBreakerOpen'),
    cacheMs: column('cacheMs'),
    mongodbMs: column('mongodbMs'),
  };
}

/** To hundredths, which is more than anyone reads. */
function rounded<Value extends number | null>(value: Value): Value {
  return (value === null ? null : Math.round(value * 100) / 100) as Value;
}
