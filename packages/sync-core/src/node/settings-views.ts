import type { BatchBounds } from '../batching/batcher.js';
import type { JournalBound } from '../cache/cache.js';
import type { SettingsReader } from '../config/live-settings.js';
import type { BreakerRule } from '../control/circuit-breaker.js';
import type { LoadThresholds } from '../control/load-state.js';
import { PrefixSet } from '../control/prefix-set.js';
import type { ModeRule } from '../control/router.js';
import type { HeartbeatPace } from '../deployment/heartbeat.js';
import type { ProjectorPace } from '../projection/projector.js';
import type { CheckPace } from '../reconcile/scheduled-check.js';
import type { RetryRule } from '../store/outbox.js';
import { staleAfterMs } from '../watch/load-monitor.js';

/*
 * What the parts are given of the settings, in the parts' own terms. Each view reads the settings in force whenever it
 * is read, so a part that looks at it when it acts follows every change.
 */

/** Batches become smaller well before they are so slow that a circuit breaker opens. */
const SLOW_BATCH_SHARE = 0.5;
/** A projector's batches become smaller well before a call takes so long that it fails. */
const SLOW_DRAIN_SHARE = 0.25;

/** What bounds a batch on the fast path. */
export const fastBounds = (live: SettingsReader): BatchBounds => ({
  get maxInFlight() {
    return live.current.fastMaxInFlight;
  },
  get maxMutations() {
    return live.current.fastMaxBatch;
  },
  get maxBytes() {
    return live.current.fastMaxBatchBytes;
  },
  get slowMs() {
    return live.current.breakerSlowCallMs * SLOW_BATCH_SHARE;
  },
});

/** What bounds an insert into the outbox. */
export const outboxBounds = (live: SettingsReader): BatchBounds => ({
  get maxInFlight() {
    return live.current.outboxMaxInFlight;
  },
  get maxMutations() {
    return live.current.outboxMaxBatch;
  },
  get maxBytes() {
    return live.current.outboxMaxBatchBytes;
  },
  get slowMs() {
    return live.current.breakerSlowCallMs * SLOW_BATCH_SHARE;
  },
});

/** How many mutations a slot's journal may hold. */
export const journalBound = (live: SettingsReader): JournalBound => ({
  get maxPerSlot() {
    return live.current.journalMaxPerSlot;
  },
  get maxBytesPerSlot() {
    return live.current.journalMaxBytesPerSlot;
  },
});

/** How failed events are tried again. */
export const retryRule = (live: SettingsReader): RetryRule => ({
  get maxAttempts() {
    return live.current.maxAttempts;
  },
  get retryBaseMs() {
    return live.current.retryBaseMs;
  },
});

/** When a circuit breaker opens and probes. */
export const breakerRule = (live: SettingsReader): BreakerRule => ({
  get consecutiveFailures() {
    return live.current.breakerFailures;
  },
  get slowCallMs() {
    return live.current.breakerSlowCallMs;
  },
  get halfOpenAfterMs() {
    return live.current.breakerHalfOpenMs;
  },
});

/** From where on load is high. */
export const loadThresholds = (live: SettingsReader): LoadThresholds => ({
  get saturation() {
    return live.current.loadSaturation;
  },
  get maxUnprocessedEvents() {
    return live.current.loadMaxUnprocessed;
  },
  get normalSamplesToLeave() {
    return live.current.loadNormalSamples;
  },
});

/** How often the pods hear of each other. */
export const heartbeatPace = (live: SettingsReader): HeartbeatPace => ({
  get intervalMs() {
    return live.current.loadSampleMs;
  },
  get forgetAfterMs() {
    return staleAfterMs(live.current.loadSampleMs);
  },
});

/** The modes of writes that ask for none. */
export function modeRule(live: SettingsReader): ModeRule {
  let prefixes = live.current.eventOnlyPrefixes;
  let eventOnlyPrefixes = new PrefixSet(prefixes ?? []);
  return {
    get mode() {
      return live.current.mode;
    },
    get eventOnlyPrefixes() {
      // Made anew only when it has changed: this is asked for with every write.
      if (live.current.eventOnlyPrefixes !== prefixes) {
        prefixes = live.current.eventOnlyPrefixes;
        eventOnlyPrefixes = new PrefixSet(prefixes ?? []);
      }
      return eventOnlyPrefixes;
    },
  };
}

/** How often projectors hear of each other, and are heard of by the pods. */
export const PROJECTOR_HEARTBEAT: HeartbeatPace = { intervalMs: 1000, forgetAfterMs: 6000 };

/** How fast a projector works. */
export const projectorPace = (live: SettingsReader): ProjectorPace => ({
  get batch() {
    return live.current.projectorBatch;
  },
  get recoverAfterMs() {
    return live.current.recoverAfterMs;
  },
  get concurrency() {
    return live.current.projectorConcurrency;
  },
  get sweepMs() {
    return live.current.projectorSweepMs;
  },
  get slowMs() {
    return live.current.mongodbTimeoutMs * SLOW_DRAIN_SHARE;
  },
});

/** How often, and how fast, cache and shadows are compared. */
export const checkPace = (live: SettingsReader): CheckPace => ({
  get intervalMs() {
    return live.current.checkIntervalMs;
  },
  get maxKeys() {
    return live.current.checkMaxKeys;
  },
  get keysPerSecond() {
    return live.current.checkKeysPerSecond;
  },
});
