import { counter, gauge, histogram } from './definition.js';

const SOURCES = ['outbox', 'journal'] as const;
/** Upper bounds of a drain's time, in seconds: from one round trip to a slot with a long backlog. */
const DRAIN_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What brings events and overdue journal entries to the shadows. */
export const PROJECTION_METRICS = {
  projected: counter(
    'hybrid_sync_projected_total',
    'projector',
    { source: SOURCES },
    'Mutations the projector brought to the shadows, by source.',
  ),
  projectionCoalesced: counter(
    'hybrid_sync_projection_coalesced_total',
    'projector',
    { source: SOURCES },
    'Mutations that were replaced by a newer one of their key in a projection.',
  ),
  projectionRefused: counter(
    'hybrid_sync_projection_refused_total',
    'projector',
    { source: SOURCES },
    'Mutations whose shadow the store refused; each attempt counts.',
  ),
  deadLettered: counter(
    'hybrid_sync_dead_letters_total',
    'projector',
    {},
    'Events given up after too many attempts.',
  ),
  drainsActive: gauge('hybrid_sync_drains_active', 'projector', {}, 'Slots this projector has in hand.'),
  drainsMax: gauge(
    'hybrid_sync_drains_max',
    'projector',
    {},
    'Slots this projector drains at the same time.',
  ),
  drainSeconds: histogram(
    'hybrid_sync_drain_seconds',
    'projector',
    { outcome: ['done', 'failed'] },
    'Time of one drain of a slot.',
    DRAIN_BUCKETS,
  ),
  sweeps: counter(
    'hybrid_sync_sweeps_total',
    'projector',
    { outcome: ['done', 'failed'] },
    'Sweeps for slots with work left.',
  ),
  drainsFailing: gauge(
    'hybrid_sync_drains_failing_seconds',
    'projector',
    {},
    'For how long drains of a slot with work, or looks at what waits, have failed without a success; 0 if none fails.',
  ),
  taken: counter(
    'hybrid_sync_slots_taken_total',
    'projector',
    {},
    'Slots that a sweep drained itself, because no wake-up led to it.',
  ),
} as const;
