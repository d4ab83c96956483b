import { counter, gauge } from './definition.js';

const ROUTES = ['fast', 'outbox'] as const;
const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
const LOAD_LEVELS = ['normal', 'high', 'unknown'] as const;
const INDICATORS = ['threadPoolSaturated', 'queueWaiting', 'eventBacklog'] as const;

/** Pool, load, circuit breakers and settings of an api pod. */
export const LOAD_METRICS = {
  fastWorkersActive: gauge(
    'hybrid_sync_fast_workers_active',
    'api',
    {},
    "Batches that this pod's fast worker has in hand: its busy threads.",
  ),
  fastWorkersMax: gauge(
    'hybrid_sync_fast_workers_max',
    'api',
    {},
    "Concurrency of this pod's fast worker: its threads.",
  ),
  queueWaiting: gauge(
    'hybrid_sync_fast_queue_waiting',
    'api',
    {},
    'Batches of all pods that wait for a worker, at the last sample.',
  ),
  writesFailing: gauge(
    'hybrid_sync_writes_failing_seconds',
    'api',
    {},
    'For how long no write of this pod has succeeded although some were tried, probes included; 0 while they succeed.',
  ),
  loadState: gauge(
    'hybrid_sync_load_state',
    'api',
    { state: LOAD_LEVELS },
    '1 for what is known of load, 0 for the others.',
  ),
  loadIndicator: gauge(
    'hybrid_sync_load_indicator',
    'api',
    { indicator: INDICATORS },
    'Value of each indicator in the last load sample.',
  ),
  loadThreshold: gauge(
    'hybrid_sync_load_threshold',
    'api',
    { indicator: INDICATORS },
    'Value from which each indicator says that load is high.',
  ),
  loadExceeded: gauge(
    'hybrid_sync_load_exceeded',
    'api',
    { indicator: INDICATORS },
    'Whether the indicator has reached its threshold: 1 or 0.',
  ),
  loadSampleAge: gauge('hybrid_sync_load_sample_age_seconds', 'api', {}, 'Age of the last load sample.'),
  breakerState: gauge(
    'hybrid_sync_breaker_state',
    'api',
    { route: ROUTES, state: BREAKER_STATES },
    "1 for the state that the route's circuit breaker is in, 0 for the others.",
  ),
  breakerTransitions: counter(
    'hybrid_sync_breaker_transitions_total',
    'api',
    { route: ROUTES, state: ['open', 'closed'] },
    'How often a circuit breaker opened or closed again; failed probes in between are not counted.',
  ),
  settingChanges: counter(
    'hybrid_sync_settings_changes_total',
    'both',
    { setting: 'many' }, // the settings' names
    'Changes of a setting while the process ran.',
  ),
} as const;
