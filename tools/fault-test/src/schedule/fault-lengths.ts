import type { FaultLengths } from '../faults/kind-of-fault.js';
import { type FaultKind, kindsOf } from '../faults/kinds.js';

/** How long a round takes, and what it has. */
export interface RoundLengths extends FaultLengths {
  /** Which faults a round with a single Redis has unless told otherwise. */
  readonly kinds: readonly FaultKind[];
  /** Least and greatest quiet time between two faults, in which the system is back at its usual way. */
  readonly gapMs: readonly [number, number];
}

/** What a full round has. */
export const FULL: RoundLengths = {
  mongodbFrozenMs: 10_000,
  mongodbDownMs: 20_000,
  apiFrozenMs: [4000, 4000, 12_000],
  redisFullMs: 10_000,
  throttledMs: 60_000,
  queuePausedMs: 15_000,
  kinds: kindsOf('single'),
  gapMs: [3000, 5000],
};

/** What a round of CI has: deaths and freezes; the other faults take too long for it, and are run by their names. */
export const SHORT: RoundLengths = {
  mongodbFrozenMs: 3000,
  mongodbDownMs: 5000,
  apiFrozenMs: [3000],
  redisFullMs: 4000,
  throttledMs: 15_000,
  queuePausedMs: 8000,
  kinds: ['kill-api', 'kill-projector', 'freeze-mongodb', 'kill-mongodb', 'kill-redis', 'freeze-api'],
  gapMs: [2000, 3000],
};
