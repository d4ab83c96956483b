import { liveSetting } from '../setting-definition.js';
import { flag, whole } from '../value-schemas.js';

const HOUR_MS = 3_600_000;

/** The pace of what works in the background: projectors and scheduled checks. */
export const BACKGROUND_SETTINGS = {
  projectorConcurrency: liveSetting(
    'app.projector.concurrency',
    'PROJECTOR_CONCURRENCY',
    whole(1, 1024),
    8,
    'Slots one projector drains at the same time.',
  ),
  projectorBatch: liveSetting(
    'app.projector.batch-events',
    'PROJECTOR_BATCH_EVENTS',
    whole(1, 10_000),
    1000,
    'Events that a projector reads at once, at most; fewer if they are large.',
  ),
  projectorSweepMs: liveSetting(
    'app.projector.sweep-ms',
    'PROJECTOR_SWEEP_MS',
    whole(50, HOUR_MS),
    2000,
    'Time between two sweeps for slots with work left, in milliseconds.',
  ),
  projectorPaused: liveSetting(
    'app.projector.paused',
    'PROJECTOR_PAUSED',
    flag,
    false,
    'Whether the projectors drain nothing: events and overdue journal entries wait.',
  ),
  checkIntervalMs: liveSetting(
    'app.check.interval-ms',
    'CHECK_INTERVAL_MS',
    whole(0, 24 * HOUR_MS),
    300_000,
    'Time between two scheduled checks of cache and shadows, in milliseconds; 0 for none.',
  ),
  checkMaxKeys: liveSetting(
    'app.check.max-keys',
    'CHECK_MAX_KEYS',
    whole(1, 1_000_000_000),
    50_000,
    'Keys that one scheduled check looks at; the next one goes on after them.',
  ),
  checkKeysPerSecond: liveSetting(
    'app.check.keys-per-second',
    'CHECK_KEYS_PER_SECOND',
    whole(1, 10_000_000),
    2000,
    'Keys that a scheduled check looks at in one second, at most.',
  ),
} as const;
