/** What the examples have in common: one pair, its version and times, and what many answers say alike. */

/** When the answers were made. */
export const ANSWERED_AT = '2026-11-23T13:01:14.875Z';
/** The version of the pair. */
export const VERSION = 1795438874869653;
/** When the pair expires. */
export const EXPIRE_AT = '2026-11-23T14:01:14.869Z';

/** The answer to a write of the pair. */
export const WRITTEN = {
  success: true,
  method: 'ASYNC_THREAD',
  message: 'The shadow store has this version.',
  timestamp: ANSWERED_AT,
  key: 'user:42',
  version: VERSION,
} as const;

/** The same of a set, which gave it an expiry. */
export const SET = { ...WRITTEN, expireAt: EXPIRE_AT } as const;

/** The pair in the cache, and its shadow. */
export const BOTH_SIDES = {
  cache: { found: true, version: VERSION, ttlSec: 3600, expireAt: EXPIRE_AT },
  shadow: { found: true, version: VERSION, deleted: false, ttlSec: 3600, expireAt: EXPIRE_AT },
} as const;

/** A comparison of cache and shadows in which they agree. */
export const COMPARED = {
  complete: true,
  cursor: null,
  health: 'HEALTHY',
  keys: 1,
  tombstones: 0,
  differing: 0,
  kinds: {
    'foreign-document': 0,
    'shadow-missing': 0,
    'shadow-behind': 0,
    'shadow-ahead': 0,
    'value-differs': 0,
    'expiry-differs': 0,
    'cache-missing': 0,
    'orphaned-tombstone': 0,
  },
  samples: [] as never[],
  undecided: 0,
  storeAway: null,
  seconds: 0.02,
  keysPerSecond: 50,
  timestamp: ANSWERED_AT,
} as const;

/** An event that was given up. */
export const DEAD_LETTER = {
  id: `17-${VERSION}`,
  key: 'user:42',
  op: 'set',
  slot: 17,
  version: VERSION,
  attempts: 8,
  reason: 'MongoDB error 2',
  at: ANSWERED_AT,
} as const;

/** Normal load. */
export const NORMAL_LOAD = {
  troubles: [] as never[],
  isHighLoad: false,
  load: 'normal' as const,
  recommendation: 'Normal load: writes try the fast path first.',
  indicators: [
    { name: 'threadPoolSaturated', value: 0, threshold: 8, exceeded: false },
    { name: 'queueWaiting', value: 0, threshold: 1, exceeded: false },
    { name: 'eventBacklog', value: 0, threshold: 101, exceeded: false },
  ],
  pods: 1,
};

/** The last check of all keys. */
export const LAST_CHECK = {
  at: ANSWERED_AT,
  health: 'HEALTHY',
  keys: 50000,
  differing: 0,
  undecided: 0,
} as const;
