import { counter, gauge, histogram } from './definition.js';

/** Upper bounds of one call's time, in seconds: from a quick round trip to the deadlines. */
const CALL_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** Redis, MongoDB, and what waits in them. */
export const STORE_METRICS = {
  stale: counter(
    'hybrid_sync_stale_total',
    'both',
    { path: ['fast', 'outbox', 'journal'] },
    'Mutations that found a newer version in the shadow, by path.',
  ),
  // The calls are the methods that stores.ts names: about twenty.
  redisCallSeconds: histogram(
    'hybrid_sync_redis_call_seconds',
    'both',
    { call: 'many' },
    'Time that a caller waits for a call to Redis, failed ones included.',
    CALL_BUCKETS,
  ),
  redisCallFailures: counter(
    'hybrid_sync_redis_call_failures_total',
    'both',
    { call: 'many' },
    'Calls that Redis did not answer.',
  ),
  mongodbCallSeconds: histogram(
    'hybrid_sync_mongodb_call_seconds',
    'both',
    { call: 'many' },
    'Time that a caller waits for a call to MongoDB, failed ones included.',
    CALL_BUCKETS,
  ),
  mongodbCallFailures: counter(
    'hybrid_sync_mongodb_call_failures_total',
    'both',
    { call: 'many' },
    'Calls that MongoDB did not answer or refused as a whole.',
  ),
  indexesRemade: counter(
    'hybrid_sync_mongodb_indexes_remade_total',
    'both',
    { index: ['purge', 'waiting_in_slot', 'dead_letters', 'retention'] },
    'Indexes that were missing in MongoDB while the process ran, and were made again.',
  ),
  storesRefused: gauge(
    'hybrid_sync_stores_refused',
    'both',
    {},
    "1 while Redis or MongoDB is not this deployment's, so that nothing is read or written; else 0.",
  ),
  outboxUnprocessed: gauge(
    'hybrid_sync_outbox_unprocessed',
    'both',
    {},
    'Events of the whole deployment that are not applied yet, counted up to 10,000.',
  ),
  outboxOldest: gauge(
    'hybrid_sync_outbox_oldest_seconds',
    'both',
    {},
    'Age of the oldest event that is not applied yet; 0 for none.',
  ),
  sameHead: gauge(
    'hybrid_sync_not_drained_seconds',
    'both',
    { of: ['outbox', 'journal'] },
    'For how long the first event or entry of a slot has been due and has stayed the same one; the longest of all slots, 0 if all move on.',
  ),
  deadLetters: gauge(
    'hybrid_sync_outbox_dead_letters',
    'both',
    {},
    'Dead letters that nobody has requeued or discarded, counted up to 10,000.',
  ),
  journalPending: gauge(
    'hybrid_sync_journal_pending',
    'both',
    {},
    'Mutations of the whole deployment that are only in Redis.',
  ),
  journalOldest: gauge(
    'hybrid_sync_journal_oldest_seconds',
    'both',
    {},
    'Age of the oldest mutation that is only in Redis; 0 for none.',
  ),
  journalFullest: gauge(
    'hybrid_sync_journal_fullest_ratio',
    'both',
    {},
    "The fullest slot's journal, as a share of its bound: at 1 writes to that slot are refused.",
  ),
  clockLead: gauge(
    'hybrid_sync_clock_lead_seconds',
    'both',
    {},
    "How far the last version is ahead of Redis' clock, in the slot where that is most: the clock was ahead, or is behind now.",
  ),
  foreignRecords: counter(
    'hybrid_sync_foreign_records_total',
    'both',
    { place: ['pair', 'journal'] },
    "Records at a pair's name, or in a journal, that are not ours; counted each time that one is met.",
  ),
  backlogSampleAge: gauge(
    'hybrid_sync_backlog_sample_age_seconds',
    'both',
    { of: ['outbox', 'journal'] },
    'Age of the figures of outbox and journal; figures older than a minute are left out.',
  ),
  jobsRefused: counter(
    'hybrid_sync_jobs_refused_total',
    'both',
    { queue: ['fast', 'projection'] },
    'Jobs in the queues that were not written by this software, or were written by a later version of it.',
  ),
  queuePaused: gauge(
    'hybrid_sync_queue_paused',
    'both',
    { queue: ['fast', 'projection'] },
    '1 while somebody has paused the queue, else 0.',
  ),
  redisUnsafe: gauge(
    'hybrid_sync_redis_unsafe_settings',
    'api',
    {},
    'Settings of Redis, or of the Redis of the queues, with which acknowledged writes can be lost or delayed.',
  ),
  checkDiffering: gauge(
    'hybrid_sync_check_differing',
    'api',
    {},
    'Keys that differed between cache and shadows in the last scheduled check.',
  ),
  checkUndecided: gauge(
    'hybrid_sync_check_undecided',
    'api',
    {},
    'Keys for which the last scheduled check could not say whether they differ.',
  ),
  checkKeys: gauge(
    'hybrid_sync_check_keys',
    'api',
    {},
    'Keys that the last scheduled check looked at, without tombstones.',
  ),
  checkTimestamp: gauge(
    'hybrid_sync_check_timestamp_seconds',
    'api',
    {},
    'When the last scheduled check began, in seconds since 1970; 0 before the first.',
  ),
  buildInfo: gauge(
    'hybrid_sync_build_info',
    'both',
    { version: 'many', node: 'many' }, // one of each in a process
    'Always 1; the labels say what runs.',
  ),
} as const;
