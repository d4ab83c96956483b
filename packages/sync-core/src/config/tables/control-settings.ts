import { liveSetting } from '../setting-definition.js';
import { fraction, whole } from '../value-schemas.js';

const HOUR_MS = 3_600_000;

/** When load is high, and when a circuit breaker opens. */
export const CONTROL_SETTINGS = {
  loadSampleMs: liveSetting(
    'app.load.sample-ms',
    'LOAD_SAMPLE_MS',
    whole(10, 60_000),
    250,
    'Time between two load samples, in milliseconds; four times as long, up to a second, while there is nothing to do.',
  ),
  loadSaturation: liveSetting(
    'app.load.saturation',
    'LOAD_SATURATION',
    fraction,
    0.8,
    'Share of busy workers from which load is high.',
  ),
  loadMaxUnprocessed: liveSetting(
    'app.load.max-unprocessed-events',
    'LOAD_MAX_UNPROCESSED_EVENTS',
    whole(0, 1_000_000),
    100,
    'Outbox events, unprocessed since the sample before, above which load is high.',
  ),
  loadNormalSamples: liveSetting(
    'app.load.normal-samples-to-leave',
    'LOAD_NORMAL_SAMPLES_TO_LEAVE',
    whole(1, 1000),
    4,
    'Normal samples in a row after which high load ends.',
  ),
  breakerFailures: liveSetting(
    'app.breaker.consecutive-failures',
    'BREAKER_CONSECUTIVE_FAILURES',
    whole(1, 1000),
    3,
    "Failed batches in a row that open a route's circuit breaker; more than half of the last twenty open it, too.",
  ),
  breakerSlowCallMs: liveSetting(
    'app.breaker.slow-call-ms',
    'BREAKER_SLOW_CALL_MS',
    whole(1, 600_000),
    1000,
    'A batch that takes longer counts as failed for the circuit breaker, in milliseconds. It is also how long a write in mode adaptive waits for a path whose places are all taken.',
  ),
  breakerHalfOpenMs: liveSetting(
    'app.breaker.half-open-after-ms',
    'BREAKER_HALF_OPEN_AFTER_MS',
    whole(10, HOUR_MS),
    2000,
    'Time an open breaker waits before it probes, in milliseconds.',
  ),
} as const;
