export { Batcher } from './batching/batcher.js';
export { Cache } from './cache/cache.js';
export type { CachedPair } from './cache/cached-pair.js';
export { ANY_BYTES, keptOf, keptOfText, keptParts } from './cache/kept-value.js';
export { CacheKeys, slotOf } from './cache/keys.js';
export { type Precondition, preconditionHolds } from './cache/precondition.js';
export type { KeptValue } from './cache/value-reader.js';
export type { Expiry, ExpiryRule, PlainInput, SetIfInput } from './cache/write-inputs.js';
export type { LoadedSettings } from './config/checked-settings.js';
export { loadSettings } from './config/load-settings.js';
export { type PausedPart, pausedParts, pauseSetting } from './config/paused-parts.js';
export { withSecretFiles } from './config/secret-files.js';
export { SETTINGS, type Settings } from './config/settings.js';
export { settingNamed } from './config/settings-change.js';
export { shownSettings, shownValue } from './config/shown-settings.js';
export { type SyncMode, syncMode } from './config/sync-mode.js';
export { withoutCredentials } from './config/without-credentials.js';
export { CircuitBreaker } from './control/circuit-breaker.js';
export { Router } from './control/route.js';
export { Heartbeat } from './deployment/heartbeat.js';
export { PodRoster } from './deployment/pod-roster.js';
export type { LiveProjector } from './deployment/projector-word.js';
export type { QuestionBox } from './deployment/question-box.js';
export type { PastChange } from './deployment/settings-fields.js';
export {
  type ErrorCode,
  type HeldByShadow,
  HTTP_STATUS_OF,
  HybridSyncError,
  InvalidInputError,
  JournalFullError,
  NotCachedError,
  NotReadyError,
  NumberRefusedError,
  PreconditionFailedError,
  RevisionConflictError,
  reasonOf,
  StoreUnavailableError,
  TooManyWaitsError,
} from './errors.js';
export { FairPlaces } from './fair-places.js';
export { FAST_QUEUE_NAME, queuePrefix } from './fast-path/fast-queue.js';
export { isoOf } from './iso-text.js';
export { METRICS } from './metrics/catalogue.js';
export type { MetricDefinition } from './metrics/definition.js';
export { Metrics } from './metrics/metrics.js';
export { type Brought, isLoggedMutation, type Mutation, mutationId, type SyncMethod } from './mutation.js';
export { Pod, type PodParts } from './node/pod.js';
export type { RunningPod } from './node/pod-parts.js';
export { ProjectorNode } from './node/projector-node.js';
export { failingReason, type Readiness } from './node/readiness.js';
export { connectStores, type Stores } from './node/stores.js';
export { ConfigurationError } from './permanent-errors.js';
export { PROJECTION_QUEUE_NAME } from './projection/projection-queue.js';
export type { CheckResult } from './reconcile/scheduled-check.js';
export type { CacheConnection } from './redis/cache-connection.js';
export { connectCache, connected, connectRedis } from './redis/connect-redis.js';
export type { RedisConnection } from './redis/redis-connection.js';
export { SCRIPTS, type ScriptedRedis } from './redis/scripts.js';
export type { DeadLetter, DeadLetterFilter } from './store/dead-letters.js';
export type { AnswerTime, MaybeChanged, PlainAnswer, SyncAnswer, WriteTerms } from './sync-answer.js';
export { COUNT_LIMIT } from './watch/backlog.js';
export { beatMs } from './watch/beat-pace.js';
export type { HistorySample } from './watch/history.js';
export { LoadMonitor } from './watch/load-monitor.js';
