import { liveSetting, setting } from '../setting-definition.js';
import { syncMode } from '../sync-mode.js';
import { flag, list, whole } from '../value-schemas.js';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const GIBIBYTE = 1024 * MEBIBYTE;
const HOUR_MS = 3_600_000;

/** How a write is brought to MongoDB: modes, batches, timeouts and what is kept until it is there. */
export const WRITE_SETTINGS = {
  asyncTimeoutMs: liveSetting(
    'app.sync.async-timeout-ms',
    'ASYNC_TIMEOUT_MS',
    whole(1, 600_000),
    2000,
    'The whole time that a client waits for the fast path, queueing included, in milliseconds.',
  ),
  maxAsyncThreads: liveSetting(
    'app.sync.max-async-threads',
    'MAX_ASYNC_THREADS',
    whole(1, 1000),
    10,
    "The fast worker's concurrency in each api pod.",
  ),
  mode: liveSetting('app.sync.mode', 'SYNC_MODE', syncMode, 'adaptive', 'adaptive, hybrid or event-only.'),
  eventOnlyPrefixes: liveSetting(
    'app.sync.event-only-prefixes',
    'EVENT_ONLY_PREFIXES',
    list(/^.{1,1024}$/s, 'beginnings of keys, 1 to 1024 characters each').optional(),
    undefined,
    'Writes of keys that begin with one of these are event-only, whatever the mode, unless the call asks for one.',
  ),
  fastPathPaused: liveSetting(
    'app.fast-path.paused',
    'FAST_PATH_PAUSED',
    flag,
    false,
    'Whether every write goes to the outbox, whatever mode it asks for.',
  ),
  fastMaxInFlight: liveSetting(
    'app.fast-queue.max-in-flight-batches',
    'FAST_MAX_IN_FLIGHT_BATCHES',
    whole(1, 1000),
    4,
    'Batches one pod may have in the fast queue.',
  ),
  fastMaxBatch: liveSetting(
    'app.fast-queue.max-batch-mutations',
    'FAST_MAX_BATCH_MUTATIONS',
    whole(1, 10_000),
    256,
    'Mutations in one fast batch.',
  ),
  fastMaxBatchBytes: liveSetting(
    'app.fast-queue.max-batch-bytes',
    'FAST_MAX_BATCH_BYTES',
    whole(KIBIBYTE, 12 * MEBIBYTE),
    2 * MEBIBYTE,
    'Bytes of keys and values in one fast batch; a larger mutation travels alone.',
  ),
  journalWaitReplicas: setting(
    'app.journal.wait-replicas',
    'JOURNAL_WAIT_REPLICAS',
    whole(0, 10),
    0,
    "Replicas of Redis that must have a write before it is answered JOURNALED; with 0 the primary's journal is enough.",
  ),
  journalWaitTimeoutMs: setting(
    'app.journal.wait-timeout-ms',
    'JOURNAL_WAIT_TIMEOUT_MS',
    whole(10, 60_000),
    1000,
    'How long such a write waits for them, in milliseconds; after that it is refused with NOT_REPLICATED, although it is made.',
  ),
  outboxMaxInFlight: liveSetting(
    'app.outbox.max-in-flight-batches',
    'OUTBOX_MAX_IN_FLIGHT_BATCHES',
    whole(1, 1000),
    4,
    'Inserts one pod may have under way in the outbox.',
  ),
  outboxMaxBatch: liveSetting(
    'app.outbox.max-batch-events',
    'OUTBOX_MAX_BATCH_EVENTS',
    whole(1, 10_000),
    500,
    'Events in one insert.',
  ),
  outboxMaxBatchBytes: liveSetting(
    'app.outbox.max-batch-bytes',
    'OUTBOX_MAX_BATCH_BYTES',
    whole(KIBIBYTE, 12 * MEBIBYTE),
    4 * MEBIBYTE,
    'Bytes of keys and values in one insert.',
  ),
  outboxTimeoutMs: liveSetting(
    'app.outbox.timeout-ms',
    'OUTBOX_TIMEOUT_MS',
    whole(1, 600_000),
    2000,
    'How long a client waits for the outbox, in milliseconds. Its wait for the fast path counts, but a quarter of this time is always left.',
  ),
  outboxRetentionMs: setting(
    'app.outbox.retention-ms',
    'OUTBOX_RETENTION_MS',
    whole(1000, 8760 * HOUR_MS),
    24 * HOUR_MS,
    'How long a processed event is kept, in milliseconds.',
  ),
  maxAttempts: liveSetting(
    'app.outbox.max-attempts',
    'OUTBOX_MAX_ATTEMPTS',
    whole(1, 1000),
    8,
    'Failures after which an event is a dead letter.',
  ),
  retryBaseMs: liveSetting(
    'app.outbox.retry-base-ms',
    'OUTBOX_RETRY_BASE_MS',
    whole(1, HOUR_MS),
    500,
    'Wait before the second attempt of a failed event, in milliseconds; doubles with each attempt, up to five minutes.',
  ),
  journalMaxPerSlot: liveSetting(
    'app.journal.max-entries-per-slot',
    'JOURNAL_MAX_ENTRIES_PER_SLOT',
    whole(1, 10_000_000),
    20_000,
    'Mutations of one slot that may be not yet durable in MongoDB; at this bound writes are refused. Deletes are taken for a quarter more.',
  ),
  journalMaxBytesPerSlot: liveSetting(
    'app.journal.max-bytes-per-slot',
    'JOURNAL_MAX_BYTES_PER_SLOT',
    whole(MEBIBYTE, 64 * GIBIBYTE),
    512 * MEBIBYTE,
    'Bytes that these mutations may take in Redis, per slot; at this bound writes with a value are refused, and deletes are taken.',
  ),
  recoverAfterMs: liveSetting(
    'app.journal.recover-after-ms',
    'JOURNAL_RECOVER_AFTER_MS',
    whole(100, HOUR_MS),
    10_000,
    'Age at which the projector takes over a journal entry, in milliseconds.',
  ),
  purgeGraceMs: setting(
    'app.shadow.purge-grace-ms',
    'SHADOW_PURGE_GRACE_MS',
    whole(1000, 8760 * HOUR_MS),
    24 * HOUR_MS,
    'How long tombstones and expired shadows are kept, in milliseconds.',
  ),
} as const;
