import { z } from 'zod';
import { setting } from './setting-definition.js';
import { fraction, list, url, whole } from './value-schemas.js';

/**
 * How a write is brought to the shadow store. `adaptive`: the fast path first, straight to events under high load or
 * an open breaker; `hybrid`: always the fast path first; `event-only`: never the fast path.
 */
export const syncMode = z.enum(['adaptive', 'hybrid', 'event-only']);
/** See {@link syncMode}. */
export type SyncMode = z.infer<typeof syncMode>;

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const HOUR_MS = 3_600_000;

/**
 * Every setting of the system, in one table. The first two are the guide's own and keep its YAML names; all others
 * follow their form.
 */
export const SETTINGS = {
  asyncTimeoutMs: setting(
    'app.sync.async-timeout-ms',
    'ASYNC_TIMEOUT_MS',
    whole(1, 600_000),
    2000,
    'The whole time a client waits for the fast path, queueing included, in milliseconds.',
  ),
  maxAsyncThreads: setting(
    'app.sync.max-async-threads',
    'MAX_ASYNC_THREADS',
    whole(1, 1000),
    10,
    "The fast worker's concurrency in each api pod.",
  ),
  mode: setting('app.sync.mode', 'SYNC_MODE', syncMode, 'adaptive', 'adaptive, hybrid or event-only.'),
  redisUrl: setting(
    'app.redis.url',
    'REDIS_URL',
    url('redis', 'rediss'),
    'redis://127.0.0.1:6379',
    'The Redis that holds the cache and the journal.',
  ),
  queueRedisUrl: setting(
    'app.redis.queue-url',
    'QUEUE_REDIS_URL',
    url('redis', 'rediss').optional(),
    undefined,
    'The Redis of the queues; the same as the cache unless given.',
  ),
  redisTimeoutMs: setting(
    'app.redis.timeout-ms',
    'REDIS_TIMEOUT_MS',
    whole(10, 60_000),
    2000,
    'Deadline of one Redis command, in milliseconds.',
  ),
  mongodbUrl: setting(
    'app.mongodb.url',
    'MONGODB_URL',
    url('mongodb', 'mongodb+srv'),
    'mongodb://127.0.0.1:27017/hybrid_sync',
    'The MongoDB of the shadows and the outbox; the path names the database (hybrid_sync if none).',
  ),
  mongodbTimeoutMs: setting(
    'app.mongodb.timeout-ms',
    'MONGODB_TIMEOUT_MS',
    whole(10, 600_000),
    5000,
    'Deadline of one attempt of a MongoDB operation, in milliseconds.',
  ),
  namespace: setting(
    'app.namespace',
    'HYBRID_SYNC_NAMESPACE',
    z.string().regex(/^[a-zA-Z0-9_-]{1,32}$/, 'must be 1 to 32 letters, digits, _ or -'),
    'hs',
    'First part of every Redis key.',
  ),
  slots: setting(
    'app.slots',
    'HYBRID_SYNC_SLOTS',
    whole(1, 1024),
    32,
    'Number of partitions of the keys; fixed once data exists.',
  ),
  maxKeyBytes: setting(
    'app.limits.max-key-bytes',
    'MAX_KEY_BYTES',
    whole(1, 8 * KIBIBYTE),
    KIBIBYTE,
    'Longest key, in bytes of UTF-8.',
  ),
  maxValueBytes: setting(
    'app.limits.max-value-bytes',
    'MAX_VALUE_BYTES',
    whole(1, 8 * MEBIBYTE),
    MEBIBYTE,
    'Largest value, in bytes of UTF-8.',
  ),
  fastMaxInFlight: setting(
    'app.fast-queue.max-in-flight-batches',
    'FAST_MAX_IN_FLIGHT_BATCHES',
    whole(1, 1000),
    4,
    'Batches one pod may have in the fast queue.',
  ),
  fastMaxBatch: setting(
    'app.fast-queue.max-batch-mutations',
    'FAST_MAX_BATCH_MUTATIONS',
    whole(1, 10_000),
    256,
    'Mutations in one fast batch.',
  ),
  fastMaxBatchBytes: setting(
    'app.fast-queue.max-batch-bytes',
    'FAST_MAX_BATCH_BYTES',
    whole(KIBIBYTE, 12 * MEBIBYTE),
    2 * MEBIBYTE,
    'Bytes of keys and values in one fast batch; a larger mutation travels alone.',
  ),
  outboxMaxInFlight: setting(
    'app.outbox.max-in-flight-batches',
    'OUTBOX_MAX_IN_FLIGHT_BATCHES',
    whole(1, 1000),
    4,
    'Inserts one pod may have under way in the outbox.',
  ),
  outboxMaxBatch: setting(
    'app.outbox.max-batch-events',
    'OUTBOX_MAX_BATCH_EVENTS',
    whole(1, 10_000),
    500,
    'Events in one insert.',
  ),
  outboxMaxBatchBytes: setting(
    'app.outbox.max-batch-bytes',
    'OUTBOX_MAX_BATCH_BYTES',
    whole(KIBIBYTE, 12 * MEBIBYTE),
    4 * MEBIBYTE,
    'Bytes of keys and values in one insert.',
  ),
  outboxTimeoutMs: setting(
    'app.outbox.timeout-ms',
    'OUTBOX_TIMEOUT_MS',
    whole(1, 600_000),
    2000,
    'How long a client waits for the outbox to take its event, in milliseconds.',
  ),
  outboxRetentionMs: setting(
    'app.outbox.retention-ms',
    'OUTBOX_RETENTION_MS',
    whole(1000, 8760 * HOUR_MS),
    24 * HOUR_MS,
    'How long a processed event is kept, in milliseconds.',
  ),
  maxAttempts: setting(
    'app.outbox.max-attempts',
    'OUTBOX_MAX_ATTEMPTS',
    whole(1, 1000),
    8,
    'Failures after which an event is a dead letter.',
  ),
  retryBaseMs: setting(
    'app.outbox.retry-base-ms',
    'OUTBOX_RETRY_BASE_MS',
    whole(1, HOUR_MS),
    500,
    'Wait before the second attempt of a failed event; doubles with each attempt, in milliseconds.',
  ),
  journalMaxPerSlot: setting(
    'app.journal.max-entries-per-slot',
    'JOURNAL_MAX_ENTRIES_PER_SLOT',
    whole(1, 10_000_000),
    20_000,
    'Mutations one slot may hold that are not yet durable in MongoDB; at the bound, writes are refused.',
  ),
  recoverAfterMs: setting(
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
  loadSampleMs: setting(
    'app.load.sample-ms',
    'LOAD_SAMPLE_MS',
    whole(10, 60_000),
    250,
    'Time between two load samples, in milliseconds.',
  ),
  loadSaturation: setting(
    'app.load.saturation',
    'LOAD_SATURATION',
    fraction,
    0.8,
    'Share of busy workers from which load is high.',
  ),
  loadMaxUnprocessed: setting(
    'app.load.max-unprocessed-events',
    'LOAD_MAX_UNPROCESSED_EVENTS',
    whole(0, 1_000_000),
    100,
    'Outbox events, unprocessed since the sample before, above which load is high.',
  ),
  loadNormalSamples: setting(
    'app.load.normal-samples-to-leave',
    'LOAD_NORMAL_SAMPLES_TO_LEAVE',
    whole(1, 1000),
    4,
    'Normal samples in a row that end high load.',
  ),
  breakerFailures: setting(
    'app.breaker.consecutive-failures',
    'BREAKER_CONSECUTIVE_FAILURES',
    whole(1, 1000),
    3,
    "Failed batches in a row that open a route's circuit breaker.",
  ),
  breakerHalfOpenMs: setting(
    'app.breaker.half-open-after-ms',
    'BREAKER_HALF_OPEN_AFTER_MS',
    whole(10, HOUR_MS),
    2000,
    'Time an open breaker waits before it probes, in milliseconds.',
  ),
  projectorConcurrency: setting(
    'app.projector.concurrency',
    'PROJECTOR_CONCURRENCY',
    whole(1, 1024),
    8,
    'Slots one projector drains at the same time.',
  ),
  projectorBatch: setting(
    'app.projector.batch-events',
    'PROJECTOR_BATCH_EVENTS',
    whole(1, 10_000),
    1000,
    'Events a projector reads at once.',
  ),
  projectorSweepMs: setting(
    'app.projector.sweep-ms',
    'PROJECTOR_SWEEP_MS',
    whole(50, HOUR_MS),
    2000,
    'Time between two sweeps for slots with work left, in milliseconds.',
  ),
  checkIntervalMs: setting(
    'app.check.interval-ms',
    'CHECK_INTERVAL_MS',
    whole(0, 24 * HOUR_MS),
    300_000,
    'Time between two scheduled checks of cache and shadows, in milliseconds; 0 for none.',
  ),
  checkMaxKeys: setting(
    'app.check.max-keys',
    'CHECK_MAX_KEYS',
    whole(1, 1_000_000_000),
    50_000,
    'Keys that one scheduled check looks at; the next one goes on behind them.',
  ),
  checkKeysPerSecond: setting(
    'app.check.keys-per-second',
    'CHECK_KEYS_PER_SECOND',
    whole(1, 10_000_000),
    2000,
    'Keys that a scheduled check looks at in one second, at most.',
  ),
  httpHost: setting(
    'app.http.host',
    'HOST',
    z.string().min(1),
    '127.0.0.1',
    'Address that HTTP listens on; beyond loopback only with tokens.',
  ),
  httpPort: setting(
    'app.http.port',
    'PORT',
    whole(0, 65_535).optional(),
    undefined,
    'Port that HTTP listens on, 0 for a free one; 8080 for the api and 8081 for the projector unless given.',
  ),
  allowedHosts: setting(
    'app.http.allowed-hosts',
    'ALLOWED_HOSTS',
    list(
      /^[a-z0-9._-]+$|^\[[0-9a-f:.]+\]$/,
      'names or addresses without a port, in small letters',
    ).optional(),
    undefined,
    'Names, beside those of this machine, that a request may have as its Host; without any, a Host is checked on loopback only.',
  ),
  allowedOrigins: setting(
    'app.http.allowed-origins',
    'ALLOWED_ORIGINS',
    list(/^https?:\/\/[a-z0-9._-]+(:\d+)?$/, 'origins like https://app.example.org').optional(),
    undefined,
    'Origins, beside those of this machine, whose pages may call.',
  ),
  requestTimeoutMs: setting(
    'app.http.request-timeout-ms',
    'REQUEST_TIMEOUT_MS',
    whole(100, 600_000),
    30_000,
    'How long a client may take to send a whole request, in milliseconds.',
  ),
  rateLimitPerMinute: setting(
    'app.http.rate-limit-per-minute',
    'RATE_LIMIT_PER_MINUTE',
    whole(0, 100_000_000),
    0,
    'Requests that one token may make in a minute, counted over all pods; 0 for no limit.',
  ),
  metricsHost: setting(
    'app.metrics.host',
    'METRICS_HOST',
    z.string().min(1),
    '127.0.0.1',
    'Address of the port that METRICS_PORT opens.',
  ),
  metricsPort: setting(
    'app.metrics.port',
    'METRICS_PORT',
    whole(0, 65_535).optional(),
    undefined,
    'Port of its own for health and metrics, without tokens, 0 for a free one; the main port then lacks them.',
  ),
  apiTokens: setting(
    'app.security.tokens',
    'API_TOKENS',
    z.string().optional(),
    undefined,
    'Entries of the tokens that are accepted, as "hybrid-sync token create" prints them.',
  ),
  apiTokensFile: setting(
    'app.security.tokens-file',
    'API_TOKENS_FILE',
    z.string().min(1).optional(),
    undefined,
    'File with more such entries.',
  ),
  logLevel: setting(
    'app.log.level',
    'LOG_LEVEL',
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    'info',
    'Lowest level that is logged.',
  ),
} as const;

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS;

/** All settings with their values, checked. See {@link SETTINGS} for the meaning and unit of each. */
export type Settings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['schema']> };
