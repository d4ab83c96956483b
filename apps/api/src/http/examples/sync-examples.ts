import type { ToolName } from '@hybrid-sync/tool-contract';
import { ANSWERED_AT, LAST_CHECK, NORMAL_LOAD, SET, VERSION, WRITTEN } from './example-parts.js';
import type { ToolExample } from './tool-example.js';

/** Of the tools that sync by hand and show how syncing goes. */
export const SYNC_EXAMPLES = {
  hybrid_sync_manual: {
    arguments: { key: 'user:42' },
    answer: SET,
  },
  hybrid_sync_adaptive: {
    arguments: { key: 'user:42', value: 'Ada', ttlSec: 3600 },
    answer: SET,
  },
  hybrid_sync_delete: {
    arguments: { key: 'user:42' },
    answer: { ...WRITTEN, existed: true },
  },
  hybrid_sync_wait: {
    arguments: { key: 'user:42', version: VERSION, waitMs: 1000 },
    answer: {
      reached: true,
      message: 'The shadow store has this version or a newer one.',
      key: 'user:42',
      version: VERSION,
      shadowVersion: VERSION,
      waitedMs: 8,
      timestamp: ANSWERED_AT,
    },
  },
  hybrid_sync_stats: {
    arguments: {},
    answer: {
      asyncThreads: { active: 0, max: 10, inFlightBatches: 0, maxInFlightBatches: 4, queueWaiting: 0 },
      configuration: {
        asyncTimeoutMs: 2000,
        maxAsyncThreads: 10,
        mode: 'adaptive',
        slots: 32,
        recoverAfterMs: 10000,
      },
      outboxEvents: { unprocessed: 0, deadLetters: 0, countedUpTo: 10000 },
      journal: { pending: 0 },
      synced: { ASYNC_THREAD: 9412, EVENT_BASED: 21, JOURNALED: 0 },
      asyncSuccessRate: 0.9978,
      circuitBreakers: { fast: 'closed', outbox: 'closed' },
      pods: [
        {
          id: 'api-0-17-3fa9c1',
          ageMs: 80,
          activeThreads: 0,
          maxThreads: 10,
          circuitBreakers: { fast: 'closed', outbox: 'closed' },
          writesPerSec: { ASYNC_THREAD: 412.3, EVENT_BASED: 3, JOURNALED: 0, refused: 0 },
          p99Ms: 14.2,
          failing: null,
        },
      ],
      projectors: [
        {
          id: 'projector-0-17-b07e52',
          ageMs: 120,
          draining: 0,
          maxDrains: 8,
          failing: null,
          projectedPerSec: 3,
        },
      ],
      pausedQueues: [],
      lastCheck: LAST_CHECK,
      isHighLoad: false,
      timestamp: ANSWERED_AT,
    },
  },
  hybrid_sync_load_check: {
    arguments: {},
    answer: {
      ...NORMAL_LOAD,
      sampleAgeMs: 65,
      timestamp: ANSWERED_AT,
    },
  },
  hybrid_sync_breaker: {
    arguments: {},
    answer: {
      circuitBreakers: { fast: { state: 'closed' }, outbox: { state: 'closed' } },
      configuration: { consecutiveFailures: 3, slowCallMs: 1000, halfOpenAfterMs: 2000 },
      timestamp: ANSWERED_AT,
    },
  },
  hybrid_sync_history: {
    arguments: { lastSec: 2 },
    answer: {
      pod: 'api-0-17',
      samples: {
        at: [1795438873000, 1795438874000],
        ASYNC_THREAD: [412, 398],
        EVENT_BASED: [0, 0],
        JOURNALED: [0, 0],
        refused: [0, 0],
        TIMEOUT: [0, 0],
        QUEUE_FULL: [0, 0],
        FAST_PATH_FAILED: [0, 0],
        HIGH_LOAD: [0, 0],
        BREAKER_OPEN: [0, 0],
        EVENT_ONLY: [0, 0],
        p50Ms: [4.1, 3.9],
        p95Ms: [9.2, 8.8],
        p99Ms: [14, 13.1],
        workersActive: [2, 3],
        batchesInFlight: [2, 4],
        queueWaiting: [0, 0],
        outboxUnprocessed: [0, 0],
        deadLetters: [0, 0],
        journalPending: [0, 0],
        projectedEvents: [0, 0],
        projectedEntries: [0, 0],
        isHighLoad: [0, 0],
        fastBreakerOpen: [0, 0],
        outboxBreakerOpen: [0, 0],
        cacheMs: [0.9, 1.2],
        mongodbMs: [3, 2.4],
      },
      stores: { cache: { answers: true, tookMs: 0.8 }, mongodb: { answers: true, tookMs: 2.4 } },
      load: {
        ...NORMAL_LOAD,
        sampleAgeMs: 134,
      },
      circuitBreakers: { fast: { state: 'closed' }, outbox: { state: 'closed' } },
      configuration: {
        mode: 'adaptive',
        asyncTimeoutMs: 1500,
        maxAsyncThreads: 10,
        maxInFlightBatches: 4,
        recoverAfterMs: 10000,
      },
      paused: [{ part: 'projector', by: 'ops', at: '2026-11-23T12:58:01.020Z' }],
      pausedQueues: [],
      projectors: 2,
      lastCheck: LAST_CHECK,
      timestamp: ANSWERED_AT,
    },
  },
} satisfies { readonly [Name in ToolName]?: ToolExample<Name> };
