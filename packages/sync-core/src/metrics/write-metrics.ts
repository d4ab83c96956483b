import { counter, gauge, histogram } from './definition.js';

const METHODS = ['ASYNC_THREAD', 'EVENT_BASED', 'JOURNALED'] as const;
const ROUTES = ['fast', 'outbox'] as const;
/** Upper bounds of the latency buckets, in seconds: from a quick round trip to beyond the fast path's timeout. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];
/** Upper bounds of the batch-size buckets. */
const SIZE_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** The way of a write through an api pod. */
export const WRITE_METRICS = {
  mutations: counter(
    'hybrid_sync_mutations_total',
    'api',
    { op: ['set', 'del'], method: METHODS },
    'Mutations, by how far they got in the end, also those that were answered from the journal first.',
  ),
  syncsBehind: gauge(
    'hybrid_sync_syncs_behind',
    'api',
    {},
    'Mutations that were answered from the journal and are being synced now.',
  ),
  fallbacks: counter(
    'hybrid_sync_fallbacks_total',
    'api',
    {
      reason: ['TIMEOUT', 'QUEUE_FULL', 'FAST_PATH_FAILED', 'HIGH_LOAD', 'BREAKER_OPEN', 'EVENT_ONLY'],
    },
    'Mutations that did not succeed on the fast path, by reason.',
  ),
  refused: counter(
    'hybrid_sync_refused_total',
    'api',
    { code: ['PRECONDITION_FAILED', 'JOURNAL_FULL', 'CACHE_UNAVAILABLE', 'NOT_REPLICATED'] },
    'Refused writes, by error code; nothing was changed, except for NOT_REPLICATED.',
  ),
  mutationSeconds: histogram(
    'hybrid_sync_mutation_seconds',
    'api',
    { method: METHODS },
    "Time from a write's arrival to its answer.",
    LATENCY_BUCKETS,
  ),
  batchMutations: histogram(
    'hybrid_sync_batch_mutations',
    'api',
    { route: ROUTES },
    'Mutations per batch sent.',
    SIZE_BUCKETS,
  ),
  batchSeconds: histogram(
    'hybrid_sync_batch_seconds',
    'api',
    { route: ROUTES },
    'Time from sending a batch to its end, failed ones included.',
    LATENCY_BUCKETS,
  ),
  batchFailures: counter(
    'hybrid_sync_batch_failures_total',
    'api',
    { route: ROUTES },
    'Batches that failed as a whole, including those that met an open breaker.',
  ),
  fastApplied: counter(
    'hybrid_sync_fast_applied_total',
    'api',
    {},
    'Mutations that the fast path wrote to their shadow; counted by the pod that sent them.',
  ),
  batchCoalesced: counter(
    'hybrid_sync_batch_coalesced_total',
    'api',
    { route: ROUTES },
    'Mutations that were replaced by a newer one of their key in the same batch.',
  ),
  batchesInFlight: gauge(
    'hybrid_sync_batches_in_flight',
    'api',
    { route: ROUTES },
    'Batches this pod has under way.',
  ),
  batchesInFlightMax: gauge(
    'hybrid_sync_batches_in_flight_max',
    'api',
    { route: ROUTES },
    'Batches this pod may have under way.',
  ),
  formingMutations: gauge(
    'hybrid_sync_forming_mutations',
    'api',
    { route: ROUTES },
    'Mutations in the batch now forming.',
  ),
} as const;
