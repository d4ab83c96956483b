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
    'Time of a call to Redis as its caller waits for it, failed ones included.',
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
    'Time of a call to MongoDB as its caller waits for it, failed ones included.',
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
    'For how long the first event or entry of a slot has been due and the same one, in the slot where that is longest; 0 where all slots move on.',
  ),
  deadLetters: gauge(
    'hybrid_sync_outbox_dead_letters',
    'both',
    {},
    'Dead letters that no one has requeued or discarded, counted up to 10,000.',
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
    "How far the last version given is ahead of Redis' clock, in the slot where it is furthest: that clock was ahead, or is behind now.",
  ),
  foreignRecords: counter(
    'hybrid_sync_foreign_records_total',
    'both',
    { place: ['pair', 'journal'] },
    "What was found at a pair's name, or in a journal, and is none of ours; once for each time that it was met.",
  ),
  backlogSampleAge: gauge(
    'hybrid_sync_backlog_sample_age_seconds',
    'both',
    { of: ['outbox', 'journal'] },
    'Age of what is shown of outbox and journal; what is older than a minute is left out.',
  ),
  jobsRefused: counter(
    'hybrid_sync_jobs_refused_total',
    'both',
    { queue: ['fast', 'projection'] },
    'Jobs in the queues that were not written by this software, or by a later version of it.',
  ),
  queuePaused: gauge(
    'hybrid_sync_queue_paused',
    'both',
    { queue: ['fast', 'projection'] },
    '1 while someone has paused the queue, else 0.',
  ),
  redisUnsafe: gauge(
    'hybrid_sync_redis_unsafe_settings',
    'api',
    {},
    'Settings of Redis, or of that of the queues, under which acknowledged writes can be lost or delayed.',
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
    'Keys of which the last scheduled check could not say whether they differ.',
  ),
  checkKeys: gauge(
    'hybrid_sync_check_keys',
    'api',
    {},
    'Keys that the last scheduled check looked at, tombstones left out.',
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
